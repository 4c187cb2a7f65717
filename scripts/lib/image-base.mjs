// A base image for `npm run image` where no registry serves one: Debian by debootstrap, with the Node that this
// repository tests with and the machine's npm. The same in what matters as the official image that deploy/Dockerfile
// names.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, readFile, realpath, rename, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { run } from "./child.mjs";
import { debianMirror } from "./debian.mjs";

const SUITE = "bookworm";
const PACKAGES = ["ca-certificates", "libstdc++6"];

/**
 * @param {{ cache: string, node: string, note: (how: string) => void }} options `cache`: a folder of this function's own;
 *   `node`: the program to put in
 * @returns {Promise<{ tarball: string, made: boolean }>} the root file system
 */
export async function ensureBase({ cache, node, note }) {
  const version = (await run(node, ["--version"])).trim();
  const npm = await npmFolder();
  const npmVersion = JSON.parse(await readFile(join(npm, "package.json"), "utf8")).version;
  const ingredients = JSON.stringify([SUITE, PACKAGES, version, npmVersion]);
  const key = createHash("sha256").update(ingredients).digest("hex").slice(0, 12);
  const tarball = join(cache, `base-${SUITE}-${key}.tar`);
  if (existsSync(tarball)) return { tarball, made: false };

  note(`debootstrap ${SUITE}`);
  await rm(cache, { recursive: true, force: true });
  await mkdir(cache, { recursive: true });
  const folder = join(cache, "root");
  const include = `--include=${PACKAGES.join(",")}`;
  await run("debootstrap", ["--variant=minbase", include, SUITE, folder, await debianMirror()]);
  note(`debootstrap ${SUITE}, Node ${version}, npm ${npmVersion}`);
  await installNode(folder, { node, npm });
  await run("chroot", [folder, "apt-get", "clean"]);
  const making = `${tarball}.making`;
  await run("tar", ["--numeric-owner", "-cf", making, "-C", folder, "."]);
  await rm(folder, { recursive: true });
  await rename(making, tarball);
  return { tarball, made: true };
}

/** Where the machine's npm lies: what is on PATH is a link to its bin/npm-cli.js. */
async function npmFolder() {
  const program = (await run("sh", ["-c", "command -v npm"])).trim();
  return dirname(dirname(await realpath(program)));
}

async function installNode(folder, { node, npm }) {
  const local = join(folder, "usr/local");
  await mkdir(join(local, "bin"), { recursive: true });
  await cp(await realpath(node), join(local, "bin/node"));
  await cp(npm, join(local, "lib/node_modules/npm"), { recursive: true });
  for (const name of ["npm", "npx"]) {
    const target = join(local, "lib/node_modules/npm/bin", `${name}-cli.js`);
    await symlink(join("..", target.slice(local.length + 1)), join(local, "bin", name));
  }
}

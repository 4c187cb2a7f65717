// `npm run devcontainer`: installs the Feature of deploy/devcontainer into a Debian of its own, as the build of a dev container
// does, from a release that is packed for this; then starts that container's command by the Feature's entrypoint, and looks
// that a sandbox boots beside it. Root only, on Debian.
import { createHash } from "node:crypto";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  ensureDebianPackages,
  ensureDependencies,
  nodeBinary,
  root,
  runScript,
} from "./bootstrap.mjs";
import { run } from "./lib/child.mjs";
import { ensureBase } from "./lib/image-base.mjs";
import { ALREADY_THERE, step } from "./lib/progress.mjs";

/** In place of an agent, which is not the subject. */
const AGENT = `require("node:http")
  .createServer((request, response) => response.end("{}"))
  .listen(Number(process.argv[2]), "127.0.0.1");\n`;

const CONFIG = {
  stateDir: "/run/sandboot",
  workspace: "/workspace",
  agent: { kind: "command", command: ["node", "/agent.cjs", "{port}"] },
};

/** The container's own command: an editor's server in a real one. It needs nothing but what the Feature has installed. */
const COMMAND = [
  "until sandboot status 2> /dev/null | grep --quiet 'sandbox ready'; do sleep 0.2; done",
  "sandboot report",
  "sandboot shutdown",
].join("\n");

/** Runs a program in a root file system, with processes, mounts and a network of its own. @param {string} folder */
async function inside(folder, ...command) {
  const script = 'mount -t proc proc "$1/proc" && ip link set lo up && exec chroot "$@"';
  const namespaces = ["--mount", "--pid", "--net", "--fork", "--kill-child"];
  return await run("unshare", [...namespaces, "sh", "-c", script, "sh", folder, ...command]);
}

/** The files that the Feature takes of a release, in `folder`. @param {string} folder */
async function packRelease(folder) {
  await mkdir(folder);
  const { buildSingleFile } = await import("./release/single-file.mjs");
  const names = await buildSingleFile({ root, folder, version: "0.0.0-trial" });
  const lines = names.map(async (name) => {
    const digest = createHash("sha256").update(await readFile(join(folder, name)));
    return `${digest.digest("hex")}  ${name}\n`;
  });
  await writeFile(join(folder, "SHA256SUMS"), (await Promise.all(lines)).join(""));
}

await runScript(async () => {
  if (process.getuid?.() !== 0) throw new Error("only root may make a root file system here");
  await ensureDebianPackages({ ip: "iproute2", debootstrap: "debootstrap" });
  await ensureDependencies();
  const container = await mkdtemp(join(tmpdir(), "sandboot-devcontainer-"));
  try {
    await step("base", async (note) => {
      const cache = join(root, ".cache", "image", "base");
      const { tarball, made } = await ensureBase({ cache, node: nodeBinary, note });
      await run("tar", ["-xf", tarball, "-C", container]);
      return made ? undefined : ALREADY_THERE;
    });
    await step("release", () => packRelease(join(container, "release")));
    await step("the Feature is installed", async (note) => {
      const feature = join(root, "deploy/devcontainer/src/sandboot");
      await cp(feature, join(container, "feature"), { recursive: true });
      const options = ["FROM=/release", "AUTOSTART=true"];
      note((await inside(container, "env", ...options, "/feature/install.sh")).trim());
    });
    const shown = await step("a sandbox boots beside the container's command", async () => {
      await writeFile(join(container, "agent.cjs"), AGENT);
      await writeFile(join(container, "sandboot.json"), JSON.stringify(CONFIG));
      const config = "SANDBOOT_CONFIG=/sandboot.json";
      const start = ["/opt/sandboot/entrypoint.sh", "sh", "-ec", COMMAND];
      return await inside(container, "env", config, ...start);
    });
    const waterfall = shown?.split("\n").filter((line) => !line.startsWith("{")) ?? [];
    if (!waterfall.some((line) => line.includes("ready in"))) throw new Error(shown);
    process.stdout.write(`\n${waterfall.join("\n")}\n`);
  } finally {
    await rm(container, { recursive: true, force: true });
  }
  return 0;
});

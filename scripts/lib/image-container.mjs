// Runs a mounted image by runc, as whoever starts sandboxes would.
import { readFileSync } from "node:fs";
import { chown, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Container } from "./container.mjs";

/**
 * @typedef {object} Image
 * @property {string} root where it is mounted
 * @property {import("./buildah.mjs").ImageConfig} config
 * @property {string} folder for what its containers write
 */

/**
 * Runs the image's entrypoint, with its environment and `env` over it: as its own user, with a folder of that user's in memory
 * wherever it writes, where `as` says nothing else.
 *
 * @param {Image} image
 * @param {{ name: string, env: Record<string, string>,
 *   as?: Partial<import("./container.mjs").ContainerOptions> }} options `name`: of the container's folder
 */
export function startImage(image, { name, env, as }) {
  const { root, config, folder } = image;
  const { home, ...user } = userOf(image);
  return Container.start({
    folder: join(folder, name),
    root,
    command: [...config.Entrypoint, ...(config.Cmd ?? [])],
    env: { ...Object.fromEntries(config.Env.map(assignment)), HOME: home, ...env },
    cwd: config.WorkingDir || "/",
    user,
    scratch: ["/workspace", home, "/tmp"],
    ...as,
  });
}

/** @param {string} line @returns {[string, string]} */
function assignment(line) {
  const at = line.indexOf("=");
  return [line.slice(0, at), line.slice(at + 1)];
}

/** The image's user. @param {Image} image */
export function userOf({ root, config }) {
  const user = config.User || "root";
  const users = readFileSync(join(root, "etc/passwd"), "utf8").split("\n");
  const [, , uid, gid, , home] =
    users.find((line) => line.startsWith(`${user}:`))?.split(":") ?? [];
  if (home === undefined) throw new Error(`the image has no user ${user}`);
  return { uid: Number(uid), gid: Number(gid), home };
}

/**
 * Makes a folder that only the image's user can read, as a state folder has to be.
 *
 * @param {Image} image
 * @param {string} name
 */
export async function ownFolder(image, name) {
  const { uid, gid } = userOf(image);
  const path = join(image.folder, name);
  await mkdir(path, { mode: 0o700 });
  await chown(path, uid, gid);
  return path;
}

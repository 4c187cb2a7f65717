// Runs a mounted image by runc, as whoever starts sandboxes would: its own user and entrypoint, volumes where it writes.
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
 * Runs the image as its own user.
 *
 * @param {Image} image
 * @param {{ name: string, env: Record<string, string>, flags?: string[] }} options `flags`: for `sandboot boot`
 */
export async function startImage(image, { name, env, flags = [] }) {
  const { root, config, folder } = image;
  const { uid, gid, home } = userOf(image);
  const [own, state] = [join(folder, name), join(folder, name, "state")];
  await mkdir(state, { recursive: true, mode: 0o700 });
  await chown(state, uid, gid);
  return Container.start({
    folder: own,
    root,
    command: [...config.Entrypoint, ...(config.Cmd ?? []), ...flags],
    env: { ...Object.fromEntries(config.Env.map(assignment)), HOME: home, ...env },
    cwd: config.WorkingDir || "/",
    user: { uid, gid },
    volumes: { "/var/lib/sandboot": state },
    scratch: ["/workspace", home, "/tmp"],
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

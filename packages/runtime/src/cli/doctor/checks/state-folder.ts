import { stat, statfs } from "node:fs/promises";
import type { Check, Finding } from "../check.ts";
import { isWritable, nearestExisting } from "../folders.ts";

/** With less, logs, history and the agent's own data soon fill the disk. */
const LEAST_FREE_BYTES = 200 * 1024 * 1024;

/**
 * The state folder: writable, closed to other users, with enough space. The configuration's own check makes sure that it
 * is in no repository and that its path is short enough for a socket.
 */
export const stateFolder: Check = {
  id: "state folder",
  run: async ({ config }) => {
    const { stateDir } = config;
    const existing = await nearestExisting(stateDir);
    const made = existing === stateDir;
    if (!(await stat(existing)).isDirectory()) {
      const message = `${existing} is not a folder`;
      return [{ status: "fail", message, hint: "remove it, or set stateDir to another folder" }];
    }
    if (!(await isWritable(existing))) {
      const message = made
        ? `${stateDir} is not writable`
        : `${stateDir} cannot be created in ${existing}`;
      const hint = `make it writable for uid ${process.getuid?.()}, or set stateDir to another folder`;
      return [{ status: "fail", message, hint }];
    }
    return [
      { status: "ok", message: `${stateDir} ${made ? "is writable" : "can be created"}` },
      ...(made ? await mode(stateDir) : []),
      ...(await room(existing)),
    ];
  },
};

async function mode(path: string): Promise<Finding[]> {
  const bits = (await stat(path)).mode & 0o777;
  if ((bits & 0o077) === 0) return [];
  const message = `other users can read logs and history in ${path} (mode ${bits.toString(8)})`;
  return [{ status: "warn", message, hint: `chmod 700 ${path}` }];
}

async function room(path: string): Promise<Finding[]> {
  const { bavail, bsize } = await statfs(path);
  const free = bavail * bsize;
  if (free >= LEAST_FREE_BYTES) return [];
  const message = `only ${Math.round(free / 1024 / 1024)} MB are free on the disk of ${path}`;
  return [{ status: "warn", message, hint: "free some space, or put stateDir on another disk" }];
}

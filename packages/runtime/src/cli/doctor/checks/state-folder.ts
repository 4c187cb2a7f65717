import { stat, statfs } from "node:fs/promises";
import type { Check, Finding } from "../check.ts";
import { isWritable, nearestExisting } from "../folders.ts";

/** Below this, logs, history and the agent's own data soon have no room. */
const LEAST_FREE_BYTES = 200 * 1024 * 1024;

/**
 * The state folder: it can be written, nobody else reads it, it has room. That it is in no repository, and that its
 * path is short enough for a socket, the configuration has been checked for.
 */
export const stateFolder: Check = {
  id: "state folder",
  run: async ({ config }) => {
    const { stateDir } = config;
    const existing = await nearestExisting(stateDir);
    const made = existing === stateDir;
    if (!(await stat(existing)).isDirectory()) {
      const message = `${existing} is in the way: not a folder`;
      return [{ status: "fail", message, hint: "remove it, or set stateDir to another folder" }];
    }
    if (!(await isWritable(existing))) {
      const message = made
        ? `${stateDir} cannot be written`
        : `${stateDir} cannot be made in ${existing}`;
      const hint = `make it writable for uid ${process.getuid?.()}, or set stateDir to another folder`;
      return [{ status: "fail", message, hint }];
    }
    return [
      { status: "ok", message: `${stateDir} ${made ? "is writable" : "can be made"}` },
      ...(made ? await mode(stateDir) : []),
      ...(await room(existing)),
    ];
  },
};

async function mode(path: string): Promise<Finding[]> {
  const bits = (await stat(path)).mode & 0o777;
  if ((bits & 0o077) === 0) return [];
  const message = `${path} is open to others (mode ${bits.toString(8)}): logs and history lie in it`;
  return [{ status: "warn", message, hint: `chmod 700 ${path}` }];
}

async function room(path: string): Promise<Finding[]> {
  const { bavail, bsize } = await statfs(path);
  const free = bavail * bsize;
  if (free >= LEAST_FREE_BYTES) return [];
  const message = `${Math.round(free / 1024 / 1024)} MB are free on the disk of ${path}`;
  return [{ status: "warn", message, hint: "make room, or put stateDir on another disk" }];
}

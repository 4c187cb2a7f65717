import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import type { Check } from "../check.ts";

const LOOK_EVERY_MS = 50;
/** An init may reap by a timer instead of at once: every two seconds, of those that we have met. */
const REAPED_WITHIN_MS = 5_000;

/**
 * Whether orphans are reaped. PID 1 of a container inherits the processes that hooks leave behind. A PID 1 that does not
 * wait for its children (node, or bash that runs a server) collects zombies until the process table is full. The check
 * makes an orphan and watches it.
 */
export const reaper: Check = {
  id: "PID 1",
  run: async ({ signal }) => {
    const init = await commandOf(1);
    const pid = await makeOrphan();
    for (let zombieMs = 0; zombieMs < REAPED_WITHIN_MS; ) {
      const state = await stateOf(pid);
      if (state === null)
        return [{ status: "ok", message: `orphans are reaped (PID 1 is ${init})` }];
      // Only time as a zombie counts: on a busy machine the orphan may take long to end.
      if (state === "Z") zombieMs += LOOK_EVERY_MS;
      await delay(LOOK_EVERY_MS, undefined, { signal });
    }
    const message = `ended processes stay as zombies: PID 1 (${init}) does not wait for orphans`;
    const hint = 'make an init PID 1: ENTRYPOINT ["/usr/bin/tini", "--", …], or docker run --init';
    return [{ status: "warn", message, hint }];
  },
};

/** Starts a process whose parent ends, and that ends soon after. @returns Its pid. */
async function makeOrphan(): Promise<number> {
  const shell = spawn("sh", ["-c", "sleep 0 >/dev/null 2>&1 & echo $!"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [output] = await Promise.all([text(shell.stdout), once(shell, "close")]);
  return Number(output);
}

/** The state letter of a process; null when it is gone. */
async function stateOf(pid: number): Promise<string | null> {
  const stat = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => null);
  return stat === null ? null : (stat[stat.lastIndexOf(")") + 2] ?? null);
}

async function commandOf(pid: number): Promise<string> {
  const name = await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "unknown");
  return name.trim();
}

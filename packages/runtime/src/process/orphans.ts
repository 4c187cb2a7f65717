import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { type LimitedRuntime, runtimeOfLimit, workspaceNumber } from "./process-mark.ts";

/**
 * Runtimes that worked in a workspace, whatever their state folder, and are dead while processes that they started live.
 * Found by the limits of all processes (Linux, `/proc`), so only where there is the program `prlimit`. To be called before
 * this process has started anything.
 *
 * Only processes in our own namespaces count: in another one the same pid and path mean something else.
 */
export function deadRuntimesIn(workspace: string): readonly LimitedRuntime[] {
  const wanted = workspaceNumber(workspace);
  const dead = new Map<number, LimitedRuntime>();
  for (const pid of pids()) {
    if (pid === process.pid) continue;
    const runtime = runtimeOfLimit(hardLimitOf(pid));
    if (runtime?.workspace !== wanted || !sharesNamespaces(pid)) continue;
    if (!lives(runtime)) dead.set(runtime.pid, runtime);
  }
  return [...dead.values()];
}

function pids(): number[] {
  try {
    return readdirSync("/proc").map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

/** A living runtime has its own limit. One with our pid is dead, because we have it now. */
function lives({ pid, workspace }: LimitedRuntime): boolean {
  const own = pid === process.pid ? null : runtimeOfLimit(hardLimitOf(pid));
  return own?.pid === pid && own.workspace === workspace;
}

function hardLimitOf(pid: number): string | undefined {
  try {
    const limits = readFileSync(`/proc/${pid}/limits`, "latin1");
    return /^Max file locks\s+\S+\s+(\S+)/m.exec(limits)?.[1];
  } catch {
    // It has ended.
    return undefined;
  }
}

function sharesNamespaces(pid: number): boolean {
  try {
    return ["pid", "mnt"].every(
      (kind) => readlinkSync(`/proc/${pid}/ns/${kind}`) === readlinkSync(`/proc/self/ns/${kind}`),
    );
  } catch {
    // It is another user's.
    return false;
  }
}

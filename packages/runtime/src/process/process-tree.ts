import { readdir, readFile } from "node:fs/promises";

/** A name in the environment, and the value that makes a process one of ours: descendants inherit it. */
export interface ProcessMark {
  readonly name: string;
  readonly value: string;
}

/**
 * Every process we start carries this name with an id of its own: so a daemon that left its group and its session is
 * still known as that process's.
 */
export const processMark = (value: string): ProcessMark => ({ name: "SANDBOOT_PROCESS", value });

/** Everything that one runtime ever started carries this: what is left of it at the very end is found by it. */
export const runtimeMark = (value: string): ProcessMark => ({ name: "SANDBOOT_RUNTIME", value });

/**
 * Pids of the living processes that carry a mark, or are in the group or session of the process we gave it to.
 * Linux only (`/proc`); zombies are dead and do not count.
 *
 * @param mark - The mark.
 * @param leader - Pid of the process that we started with it, which leads its group and session.
 */
export async function membersOf(mark: ProcessMark, leader?: number): Promise<readonly number[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) =>
      pid !== process.pid && (await belongs(pid, mark, leader)) ? pid : null,
    ),
  );
  return found.filter((pid) => pid !== null);
}

async function belongs(
  pid: number,
  mark: ProcessMark,
  leader: number | undefined,
): Promise<boolean> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "latin1");
    // Fields after the name, which stands in parentheses and may hold anything: state ppid pgrp session …
    const [state, , group, session] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (state === "Z" || state === "X") return false;
    if (leader !== undefined && (Number(group) === leader || Number(session) === leader))
      return true;
    const environ = await readFile(`/proc/${pid}/environ`, "latin1");
    return `\0${environ}`.includes(`\0${mark.name}=${mark.value}\0`);
  } catch {
    // It ended meanwhile, or is another user's: not one of ours.
    return false;
  }
}

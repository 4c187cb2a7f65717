import { readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { lockLimit, type ProcessMark } from "./process-mark.ts";

/** A row of the process table. */
interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** In clock ticks since the machine's start; tells two bearers of one pid apart. */
  readonly startTicks: number;
}

/** A process that leads the group and the session in which it was started. */
export interface Leader {
  readonly pid: number;
  readonly startTicks: number;
}

/** @returns null when it cannot be seen (any more). */
export function leaderOf(pid: number): Leader | null {
  try {
    const row = parseStat(pid, readFileSync(`/proc/${pid}/stat`, "latin1"));
    return row === null ? null : { pid, startTicks: row.startTicks };
  } catch {
    return null;
  }
}

/**
 * The living processes of one family: those that carry a mark, those in the group or the session of its leader, and
 * what descends from them. Linux only (`/proc`); zombies are dead and do not count.
 *
 * A process is missed only if it has thrown off all of these: the mark in its environment, the mark in its limits
 * (where it was given one), its group, its session, and, by the death of its parent, its descent.
 */
export class Family {
  readonly #mark: ProcessMark;
  readonly #leader: Leader | null;
  /** Pids that were looked at and belong to others: nobody joins a family later, except by being born into it. */
  #strangers = new Set<number>();

  constructor(mark: ProcessMark, leader: Leader | null = null) {
    this.#mark = mark;
    this.#leader = leader;
  }

  /** Looks at every process when it is called first, and later at those that are new or were members. */
  async living(): Promise<readonly number[]> {
    const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
    const unknown = pids.filter((pid) => !this.#strangers.has(pid) && pid !== process.pid);
    const rows = (await Promise.all(unknown.map(readRow))).filter((row) => row !== null);
    const leads = this.#leadsStill(rows);
    const marked = await Promise.all(
      rows.map(async (row) =>
        leads(row) || (await carries(row.pid, this.#mark)) ? row.pid : undefined,
      ),
    );
    const members = withDescendants(new Set(marked.filter((pid) => pid !== undefined)), rows);
    // Only those that exist: a pid that has gone may come back as somebody else's.
    this.#strangers = new Set(pids.filter((pid) => !members.has(pid)));
    return [...members];
  }

  /** Forgets who was no member, so that the next look is at everyone. */
  forget(): void {
    this.#strangers.clear();
  }

  /** Whether a process is in the leader's group or session; of nobody, once the leader's pid is another's. */
  #leadsStill(rows: readonly ProcessRow[]): (row: ProcessRow) => boolean {
    const leader = this.#leader;
    if (leader === null) return () => false;
    const bearer = rows.find(({ pid }) => pid === leader.pid);
    if (bearer !== undefined && bearer.startTicks !== leader.startTicks) return () => false;
    return ({ group, session }) => group === leader.pid || session === leader.pid;
  }
}

function withDescendants(members: Set<number>, rows: readonly ProcessRow[]): Set<number> {
  for (let before = -1; before !== members.size; ) {
    before = members.size;
    for (const { pid, parent } of rows) if (members.has(parent)) members.add(pid);
  }
  return members;
}

async function readRow(pid: number): Promise<ProcessRow | null> {
  try {
    return parseStat(pid, await readFile(`/proc/${pid}/stat`, "latin1"));
  } catch {
    // It ended meanwhile.
    return null;
  }
}

/** @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
function parseStat(pid: number, stat: string): ProcessRow | null {
  // The name stands in parentheses and may hold anything, so fields are counted from its end.
  const [state, parent, group, session, ...rest] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (state === undefined || state === "Z" || state === "X") return null;
  const AFTER_SESSION_TO_START = 15;
  return {
    pid,
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    startTicks: Number(rest[AFTER_SESSION_TO_START]),
  };
}

async function carries(pid: number, mark: ProcessMark): Promise<boolean> {
  const { kind, limit } = lockLimit(mark);
  const [environment, limits] = await Promise.all([
    // Another user's is not readable: then the limits, which everyone may see, have to tell.
    readFile(`/proc/${pid}/environ`, "latin1").catch(() => ""),
    readFile(`/proc/${pid}/limits`, "latin1").catch(() => ""),
  ]);
  if (`\0${environment}`.includes(`\0${mark.name}=${mark.value}\0`)) return true;
  const locks = /^Max file locks\s+(\S+)\s+(\S+)/m.exec(limits);
  return locks?.[kind === "soft" ? 1 : 2] === String(limit);
}

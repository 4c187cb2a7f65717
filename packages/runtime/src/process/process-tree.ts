import { readdir } from "node:fs/promises";
import { lockLimit, type ProcessMark } from "./process-mark.ts";
import {
  type Leader,
  type ProcessRow,
  readProcFile,
  readRow,
  withDescriptor,
} from "./process-row.ts";

/**
 * Finds the living processes that belong to one start: those that carry its mark, those in the group or the session of its
 * leader, and all descendants of these. Linux only (`/proc`). Zombies do not count.
 *
 * A process is missed only if all of these are gone: the mark in its environment, the mark in its limits (where it was
 * given one), its group, its session, and the parent through which it descended.
 */
export class ProcessTree {
  readonly #mark: ProcessMark;
  readonly #leader: Leader | null;
  /** Pids that do not belong. They need no second look, because a process cannot join later: it belongs from its birth. */
  #others = new Set<number>();

  constructor(mark: ProcessMark, leader: Leader | null = null) {
    this.#mark = mark;
    this.#leader = leader;
  }

  /** The first call looks at every process, later calls only at new ones and at those that belonged. */
  async living(): Promise<readonly number[]> {
    const names = await withDescriptor(() => readdir("/proc"));
    const pids = names.filter((name) => /^\d+$/.test(name)).map(Number);
    const unknown = pids.filter((pid) => !this.#others.has(pid) && pid !== process.pid);
    const rows = (await mapFew(unknown, readRow)).filter((row) => row !== null);
    const leads = this.#leadsStill(rows);
    const marked = await mapFew(rows, async (row) =>
      leads(row) || (await carries(row.pid, this.#mark)) ? row.pid : undefined,
    );
    const members = withDescendants(new Set(marked.filter((pid) => pid !== undefined)), rows);
    // Only living processes are remembered: the kernel may give the pid of a dead one to another process.
    this.#others = new Set(pids.filter((pid) => !members.has(pid)));
    return [...members];
  }

  /** Makes the next call look at every process again. */
  forget(): void {
    this.#others.clear();
  }

  /** Whether a process is in the leader's group or session. Always false once the leader's pid belongs to another process. */
  #leadsStill(rows: readonly ProcessRow[]): (row: ProcessRow) => boolean {
    const leader = this.#leader;
    if (leader === null) return () => false;
    const holder = rows.find(({ pid }) => pid === leader.pid);
    if (holder !== undefined && holder.startTicks !== leader.startTicks) return () => false;
    return ({ group, session }) => group === leader.pid || session === leader.pid;
  }
}

/** As many as Node has threads for it. All at once, a machine with more processes than descriptors could not be looked at. */
const AT_ONCE = 4;

/** Does work for each item, a few at a time. @returns the results in the order of the items. */
async function mapFew<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const left = items.entries();
  const workOn = async () => {
    for (const [at, item] of left) results[at] = await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, workOn));
  return results;
}

function withDescendants(members: Set<number>, rows: readonly ProcessRow[]): Set<number> {
  for (let before = -1; before !== members.size; ) {
    before = members.size;
    for (const { pid, parent } of rows) if (members.has(parent)) members.add(pid);
  }
  return members;
}

async function carries(pid: number, mark: ProcessMark): Promise<boolean> {
  const { kind, limit } = lockLimit(mark);
  const [environment = "", limits = ""] = await Promise.all([
    // We cannot read the environment of another user's process. Its limits are readable for everyone.
    readProcFile(pid, "environ"),
    readProcFile(pid, "limits"),
  ]);
  if (`\0${environment}`.includes(`\0${mark.name}=${mark.value}\0`)) return true;
  const locks = /^Max file locks\s+(\S+)\s+(\S+)/m.exec(limits);
  return locks?.[kind === "soft" ? 1 : 2] === String(limit);
}

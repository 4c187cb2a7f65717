import { readdir, readFile } from "node:fs/promises";
import type { ProcessUsage } from "../model/process-tree.ts";

/** Linux reports CPU time in hundredths of a second on every kernel (`man 5 proc_pid_stat`). */
const MS_PER_TICK = 10;
const BYTES_PER_PAGE = 4096;

interface Sample {
  readonly pid: number;
  readonly parent: number;
  readonly cpuMs: number;
  readonly residentBytes: number;
  readonly startMs: number;
}

/**
 * What a process and its descendants use now, from /proc.
 *
 * @returns Null when /proc does not show the process: it is in another container, or has ended.
 */
export async function readUsage(pid: number): Promise<ProcessUsage | null> {
  try {
    const names = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
    const samples = (await Promise.all(names.map(readSample))).filter((s) => s !== null);
    const root = samples.find((sample) => sample.pid === pid);
    if (root === undefined) return null;
    const [uptime = "0"] = (await readFile("/proc/uptime", "utf8")).split(" ");
    const tree = descendants(root, samples);
    const cpuMs = tree.reduce((sum, sample) => sum + sample.cpuMs, 0);
    const aliveMs = Math.max(1, Number(uptime) * 1000 - root.startMs);
    return {
      processes: tree.length,
      residentBytes: tree.reduce((sum, sample) => sum + sample.residentBytes, 0),
      cpuMs,
      cpuShare: cpuMs / aliveMs,
    };
  } catch {
    // There is no /proc here.
    return null;
  }
}

async function readSample(name: string): Promise<Sample | null> {
  try {
    return parseStat(await readFile(`/proc/${name}/stat`, "utf8"));
  } catch {
    // It has ended since the folder was listed.
    return null;
  }
}

/** Counts fields from the last closing parenthesis: the name in parentheses may contain spaces and parentheses. */
export function parseStat(stat: string): Sample {
  const rest = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // Field 3, the state, is rest[0].
  const field = (number: number) => Number(rest[number - 3]);
  return {
    pid: Number.parseInt(stat, 10),
    parent: field(4),
    cpuMs: (field(14) + field(15)) * MS_PER_TICK,
    startMs: field(22) * MS_PER_TICK,
    residentBytes: field(24) * BYTES_PER_PAGE,
  };
}

function descendants(root: Sample, samples: readonly Sample[]): Sample[] {
  const tree = [root];
  for (const member of tree) {
    tree.push(...samples.filter(({ parent, pid }) => parent === member.pid && pid !== root.pid));
  }
  return tree;
}

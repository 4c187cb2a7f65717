import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { pids, readProc } from "../../../../test/support/process-table.ts";

/** What one process and its folders take at one moment. */
export interface Figures {
  readonly rssMb: number;
  readonly descriptors: number;
  readonly threads: number;
  readonly children: number;
  readonly stateKb: number;
  readonly tmpKb: number;
}

export function figuresOf(
  pid: number,
  { stateBytes, tmpBytes }: { readonly stateBytes: number; readonly tmpBytes: number },
): Figures {
  const status = readProc(pid, "status");
  const of = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0);
  return {
    rssMb: Math.round(of("VmRSS") / 1024),
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    threads: of("Threads"),
    children: pids().filter((other) =>
      new RegExp(`^PPid:\\s+${pid}$`, "m").test(readProc(other, "status")),
    ).length,
    stateKb: Math.round(stateBytes / 1024),
    tmpKb: Math.round(tmpBytes / 1024),
  };
}

export function lineOf(figures: Figures | undefined): string {
  return Object.entries(figures ?? {})
    .map(([name, value]) => `${name} ${value}`)
    .join("  ");
}

/** What may come and go between two looks. More than that, from the first third to the last, has grown. */
const SLACK: Figures = {
  rssMb: 25,
  descriptors: 12,
  threads: 4,
  children: 2,
  // The log of events has a limit of its own, which a short run does not reach.
  stateKb: 64 * 1024,
  tmpKb: 64,
};

/** @returns A sentence for each figure that has grown. */
export function grown(all: readonly Figures[]): string[] {
  const third = Math.floor(all.length / 3);
  if (third === 0) return [];
  return Object.entries(SLACK).flatMap(([key, slack]) => {
    const name = key as keyof Figures;
    const least = (part: readonly Figures[]) => Math.min(...part.map((figures) => figures[name]));
    const [before, after] = [least(all.slice(0, third)), least(all.slice(-third))];
    return after - before > slack ? [`${name} has grown from ${before} to ${after}`] : [];
  });
}

/** Node keeps compiled code there for its next start. */
const OF_NODE = "node-compile-cache";

/** Bytes of all files in a folder; 0 when it is not there. */
export function bytesIn(folder: string): number {
  try {
    return readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => !name.startsWith(OF_NODE))
      .map((name) => statSync(join(folder, name), { throwIfNoEntry: false }))
      .reduce((sum, stat) => sum + (stat?.isFile() === true ? stat.size : 0), 0);
  } catch {
    return 0;
  }
}

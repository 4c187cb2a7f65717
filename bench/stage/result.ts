import { describeMachine } from "../lib/machine.ts";
import { type Summary, summarize } from "../lib/stats.ts";
import { formatMs, formatTable } from "../lib/table.ts";

type Samples = ReadonlyMap<string, readonly number[]>;

/** One table of the benchmark: contenders that did the same, in milliseconds. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly samples: Samples;
}

/** What was aimed at, and what was found. */
export interface Target {
  readonly what: string;
  readonly found: number;
  readonly limit: number;
  readonly unit: "ms" | "×" | "MB";
}

export const isMet = ({ found, limit }: Target): boolean => found <= limit;

export function renderSection({ title, samples }: Section): string {
  const rows = [...samples].map(([contender, values]) => {
    const { count, min, median: middle, p95, max } = summarize(values);
    return [contender, String(count), ...[min, middle, p95, max].map(formatMs)];
  });
  return `${title}\n\n${formatTable(["", "rounds", "min", "median", "p95", "max"], rows)}`;
}

export function renderTargets(targets: readonly Target[]): string {
  const number = (value: number, unit: Target["unit"]) =>
    unit === "×" ? `${value.toFixed(2)} ×` : `${value.toFixed(1)} ${unit}`;
  const rows = targets.map((target) => [
    target.what,
    number(target.found, target.unit),
    `≤ ${number(target.limit, target.unit)}`,
    isMet(target) ? "met" : "not met",
  ]);
  return formatTable(["target", "found", "limit", ""], rows);
}

/** What `--out` writes; milliseconds. */
export function toJson(sections: readonly Section[], targets: readonly Target[]) {
  return {
    schemaVersion: 1,
    machine: describeMachine(),
    targets: targets.map((target) => ({ ...target, met: isMet(target) })),
    sections: sections.map(({ id, title, samples }) => ({
      id,
      title,
      summaries: Object.fromEntries(
        [...samples].map(([contender, values]): [string, Summary] => [
          contender,
          summarize(values),
        ]),
      ),
      samples: Object.fromEntries(samples),
    })),
  };
}

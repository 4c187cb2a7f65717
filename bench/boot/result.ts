import { describeMachine } from "../lib/machine.ts";
import { median, pairedRatio, summarize } from "../lib/stats.ts";
import { formatMs, formatTable } from "../lib/table.ts";
import type { BootCase } from "./cases/case.ts";
import type { BootSample } from "./sample.ts";

type Samples = ReadonlyMap<string, readonly BootSample[]>;

const METRICS = [
  ["listeningMs", "agent answers"],
  ["sessionMs", "session created"],
  ["readyMs", "ready"],
  ["spawnedMs", "process start → agent spawned"],
] as const;
type Metric = (typeof METRICS)[number][0];

/**
 * What `--out` writes. Milliseconds as {@link BootSample} counts them.
 *
 * @throws RangeError when a contender has no sample
 */
export function evaluate(
  bootCase: Pick<BootCase, "name" | "baseline" | "measured" | "phase">,
  samples: Samples,
) {
  const baseline = samples.get(bootCase.baseline) ?? [];
  const measured = samples.get(bootCase.measured) ?? [];
  return {
    schemaVersion: 1,
    case: bootCase.name,
    machine: describeMachine(),
    /** Until the session is created, `measured` ÷ `baseline`, by their medians. */
    ratio: median(valuesOf(measured, "sessionMs")) / median(valuesOf(baseline, "sessionMs")),
    /** `measured` − `baseline`, by the same medians. */
    differenceMs: median(valuesOf(measured, "sessionMs")) - median(valuesOf(baseline, "sessionMs")),
    /** The ratio round by round, then the median: what the machine did meanwhile met both alike. */
    pairedRatio: pairedRatio(valuesOf(measured, "sessionMs"), valuesOf(baseline, "sessionMs")),
    /** By the duration of the case's phase, round by round, then the median; null for a case without one. */
    phaseRatio:
      bootCase.phase === undefined
        ? null
        : pairedRatio(phaseOf(measured, bootCase.phase), phaseOf(baseline, bootCase.phase)),
    medians: Object.fromEntries(
      [...samples].map(([contender, taken]) => [contender, mediansOf(taken)]),
    ),
    samples: Object.fromEntries(samples),
  };
}

function mediansOf(taken: readonly BootSample[]): Record<Metric, number | null> {
  const of = (metric: Metric) => {
    const values = valuesOf(taken, metric);
    return values.length === 0 ? null : median(values);
  };
  return {
    listeningMs: of("listeningMs"),
    sessionMs: of("sessionMs"),
    readyMs: of("readyMs"),
    spawnedMs: of("spawnedMs"),
  };
}

function phaseOf(taken: readonly BootSample[], id: string): number[] {
  return taken.map(({ phases }) => phases[id]).filter((ms) => ms !== undefined);
}

function valuesOf(taken: readonly BootSample[], metric: Metric): number[] {
  return taken.map((sample) => sample[metric]).filter((value) => value !== null);
}

/** Each metric and each phase of each contender, in milliseconds. */
export function renderTable(samples: Samples): string {
  const metrics = METRICS.flatMap(([metric, title]) =>
    [...samples].flatMap(([contender, taken]) =>
      rowOf(`${title}: ${contender}`, valuesOf(taken, metric)),
    ),
  );
  const phases = [...samples].flatMap(([contender, taken]) =>
    Object.keys(taken[0]?.phases ?? {}).flatMap((id) => {
      const values = taken.map((sample) => sample.phases[id]).filter((ms) => ms !== undefined);
      return rowOf(`  ${contender} phase ${id}`, values);
    }),
  );
  return formatTable(["", "median", "min", "p95", "max"], [...metrics, ...phases]);
}

function rowOf(title: string, values: readonly number[]): string[][] {
  if (values.length === 0) return [];
  const { median: middle, min, p95, max } = summarize(values);
  return [[title, ...[middle, min, p95, max].map(formatMs)]];
}

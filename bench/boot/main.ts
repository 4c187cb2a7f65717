import { writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { alternate } from "../lib/alternate.ts";
import { parseBenchOptions } from "../lib/options.ts";
import { median, summarize } from "../lib/stats.ts";
import { formatMs, formatTable } from "../lib/table.ts";
import type { BootCase } from "./cases/case.ts";
import { cases } from "./cases/index.ts";
import type { BootSample } from "./sample.ts";
import { makeWorkbench } from "./workbench.ts";

const METRICS = {
  listeningMs: "agent answers",
  sessionMs: "session created",
  readyMs: "ready",
  spawnedMs: "process start → agent spawned",
} as const;
type Metric = keyof typeof METRICS;

async function main(): Promise<void> {
  const options = parseBenchOptions(
    process.argv.slice(2),
    cases.map(({ name }) => name),
  );
  const chosen = cases.find(({ name }) => name === options.caseName);
  if (chosen === undefined) throw new Error(`no case is called ${options.caseName}`);
  console.log(`${chosen.title}\n${options.runs} runs each, alternating, after one warm-up each\n`);
  const workbench = await makeWorkbench();
  await using resources = new AsyncDisposableStack();
  const samples = await alternate(
    await chosen.contenders(workbench, resources),
    options.runs,
    (contender, round, { sessionMs, readyMs }) => {
      const ready = readyMs === null ? "" : `, ready ${formatMs(readyMs)}`;
      const label = round === 0 ? "warm-up" : `run ${round}/${options.runs}`;
      console.log(
        `${label.padEnd(10)} ${contender.padEnd(16)} session ${formatMs(sessionMs)}${ready}`,
      );
    },
  );
  const result = evaluate(chosen, samples);
  console.log(`\n${report(samples)}\n`);
  console.log(
    `${chosen.measured} / ${chosen.baseline}, session created: ${result.ratio.toFixed(3)}`,
  );
  if (result.ratioReady !== null) {
    console.log(
      `${chosen.measured} ready / ${chosen.baseline} session: ${result.ratioReady.toFixed(3)}`,
    );
  }
  if (options.out !== null) {
    await writeFile(options.out, `${JSON.stringify(result, null, 2)}\n`);
    console.log(`\nevery sample: ${options.out}`);
  }
}

function valuesOf(samples: readonly BootSample[], metric: Metric): number[] {
  return samples.map((sample) => sample[metric]).filter((value) => value !== null);
}

function evaluate(bootCase: BootCase, samples: ReadonlyMap<string, readonly BootSample[]>) {
  const of = (contender: string, metric: Metric) => {
    const values = valuesOf(samples.get(contender) ?? [], metric);
    return values.length === 0 ? null : median(values);
  };
  const medians = Object.fromEntries(
    [...samples.keys()].map((contender) => [
      contender,
      {
        listeningMs: of(contender, "listeningMs"),
        sessionMs: of(contender, "sessionMs"),
        readyMs: of(contender, "readyMs"),
        spawnedMs: of(contender, "spawnedMs"),
      },
    ]),
  );
  const baseline = of(bootCase.baseline, "sessionMs");
  const measured = of(bootCase.measured, "sessionMs");
  const ready = of(bootCase.measured, "readyMs");
  if (baseline === null || measured === null) throw new Error("a contender has no sample");
  return {
    schemaVersion: 1,
    case: bootCase.name,
    machine: { cores: availableParallelism(), node: process.version, platform: process.platform },
    /** Session created, `measured` ÷ `baseline`, medians of milliseconds since before the spawn. */
    ratio: measured / baseline,
    ratioReady: ready === null ? null : ready / baseline,
    medians,
    samples: Object.fromEntries(samples),
  };
}

function report(samples: ReadonlyMap<string, readonly BootSample[]>): string {
  const rows = Object.entries(METRICS).flatMap(([metric, title]) =>
    [...samples].flatMap(([contender, taken]) => {
      const values = valuesOf(taken, metric as Metric);
      if (values.length === 0) return [];
      const { min, median: middle, p95, max } = summarize(values);
      return [[`${title}: ${contender}`, ...[middle, min, p95, max].map(formatMs)]];
    }),
  );
  const phases = [...samples].flatMap(([contender, taken]) =>
    Object.keys(taken[0]?.phases ?? {}).map((id) => {
      const values = taken.map((sample) => sample.phases[id]).filter((ms) => ms !== undefined);
      const { min, median: middle, p95, max } = summarize(values);
      return [`  ${contender} phase ${id}`, ...[middle, min, p95, max].map(formatMs)];
    }),
  );
  return formatTable(["", "median", "min", "p95", "max"], [...rows, ...phases]);
}

await main();

// What the runtime itself costs once the sandbox is ready and nobody does anything: memory, and CPU.
// `npm run bench -- footprint [--runs N] [--out FILE]`; a run watches for ten seconds. Linux only (/proc).
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { runScript } from "../../scripts/bootstrap.mjs";
import { startAndWait } from "../boot/contenders/sandboot.ts";
import { makeWorkbench } from "../boot/workbench.ts";
import { cancelledBySignals } from "../lib/cancel.ts";
import { parseBenchOptions } from "../lib/options.ts";
import { summarize } from "../lib/stats.ts";
import { formatTable } from "../lib/table.ts";

/** What the runtime may cost. */
const TARGET = { rssMiB: 90, cpuPercent: 0.2 };

/** After ready, what was put off until then (reports, logs) gets its turn; that is not idleness yet. */
const SETTLE_MS = 3_000;
const WATCH_MS = 10_000;

interface Footprint {
  readonly rssMiB: number;
  /** Of one core. */
  readonly cpuPercent: number;
}

async function measure(pid: number): Promise<Footprint> {
  await delay(SETTLE_MS);
  const before = await cpuNs(pid);
  const startMs = performance.now();
  await delay(WATCH_MS);
  const usedNs = (await cpuNs(pid)) - before;
  return {
    rssMiB: await rssMiB(pid),
    cpuPercent: (usedNs / 1e6 / (performance.now() - startMs)) * 100,
  };
}

async function rssMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

/** Time on a CPU of all its threads, in nanoseconds (the kernel's Documentation/scheduler/sched-stats). */
async function cpuNs(pid: number): Promise<number> {
  let sum = 0;
  for (const thread of await readdir(`/proc/${pid}/task`)) {
    // A thread may end between the list and the look.
    const stat = await readFile(`/proc/${pid}/task/${thread}/schedstat`, "utf8").catch(() => "0");
    sum += Number(stat.split(" ")[0]);
  }
  return sum;
}

await runScript(async () => {
  const options = parseBenchOptions(process.argv.slice(2), ["idle"], 3);
  const workbench = await makeWorkbench();
  const signal = cancelledBySignals();
  const samples: Footprint[] = [];
  for (let round = 1; round <= options.runs; round += 1) {
    await workbench.resetCheckout();
    const folder = await workbench.freshFolder(`footprint-${round}`);
    try {
      await using ready = await startAndWait(workbench, folder, signal);
      const sample = await measure(ready.pid);
      samples.push(sample);
      const { rssMiB: rss, cpuPercent } = sample;
      console.log(
        `run ${round}/${options.runs}  ${rss.toFixed(1)} MiB  ${cpuPercent.toFixed(3)} %`,
      );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  const row = (title: string, values: readonly number[], target: number, digits: number) => {
    const { median, min, max } = summarize(values);
    const met = median <= target ? "met" : "not met";
    return [title, ...[median, min, max, target].map((value) => value.toFixed(digits)), met];
  };
  const rows = [
    row(
      "resident memory, MiB",
      samples.map(({ rssMiB: rss }) => rss),
      TARGET.rssMiB,
      1,
    ),
    row(
      "CPU when idle, % of a core",
      samples.map(({ cpuPercent }) => cpuPercent),
      TARGET.cpuPercent,
      3,
    ),
  ];
  console.log(
    `\n${formatTable(["the runtime's own", "median", "min", "max", "target", ""], rows)}`,
  );
  if (options.out !== null) {
    await writeFile(options.out, `${JSON.stringify({ schemaVersion: 1, samples }, null, 2)}\n`);
  }
  return 0;
});

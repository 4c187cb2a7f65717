// What the runtime and the agent cost once the sandbox is up and nobody does anything: memory, and CPU; the agent warm and
// cold.
// `npm run bench -- footprint [--runs N] [--out FILE]`; a run watches for ten seconds. Linux only (/proc).
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { runScript } from "../../scripts/bootstrap.mjs";
import { startSandboot } from "../boot/contenders/sandboot.ts";
import { makeWorkbench, type Workbench } from "../boot/workbench.ts";
import { cancelledBySignals } from "../lib/cancel.ts";
import { parseBenchOptions } from "../lib/options.ts";
import { summarize } from "../lib/stats.ts";
import { formatTable } from "../lib/table.ts";

/** What the runtime may cost. */
const TARGET = { rssMiB: 90, cpuPercent: 0.2 };

/** After ready, what was put off until then (reports, logs, packages) gets its turn; that is not idleness yet. */
const SETTLE_MS = 5_000;
const WATCH_MS = 10_000;
const LATE_PHASES_MS = 250;

interface Footprint {
  readonly rssMiB: number;
  /** Of one core. */
  readonly cpuPercent: number;
}

interface Sample {
  readonly runtime: Footprint;
  readonly agent: Footprint;
}

const WARM = {} as const;
const COLD = { warm: { process: "off", workspace: "off" } } as const;

/** A sandbox that is warm, or ready and cold, at rest. */
async function atRest(
  workbench: Workbench,
  folder: string,
  agent: typeof WARM | typeof COLD,
  signal: AbortSignal,
): Promise<Sample> {
  await using sandbox = await startSandboot(workbench, folder, { agent }, signal);
  await sandbox.event(agent === WARM ? "boot.warm" : "boot.ready");
  // Late phases copy files with threads of their own.
  for (;;) {
    const { phases } = await sandbox.client.state(signal);
    if (phases.every(({ status }) => status !== "pending" && status !== "running")) break;
    await delay(LATE_PHASES_MS, undefined, { signal });
  }
  const { agent: started } = await sandbox.client.state(signal);
  if (started?.pid == null) throw new Error("the boot started no agent");
  await delay(SETTLE_MS, undefined, { signal });
  const [runtime, agentItself] = await Promise.all([
    measure(sandbox.pid, threadsCpuNs),
    // Its threads come and go.
    measure(started.pid, processCpuNs),
  ]);
  return { runtime, agent: agentItself };
}

async function measure(pid: number, cpuNs: (pid: number) => Promise<number>): Promise<Footprint> {
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

/** Time on a CPU, of threads that have ended, too, in nanoseconds; counted in hundredths of a second (proc_pid_stat(5)). */
async function processCpuNs(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  // The program's name may hold anything but stands in the last parentheses. Fields 14 and 15 of the whole.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 1e7;
}

/** Time on a CPU of all its threads, in nanoseconds (the kernel's Documentation/scheduler/sched-stats). */
async function threadsCpuNs(pid: number): Promise<number> {
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
  const samples: { readonly warm: Sample[]; readonly cold: Sample[] } = { warm: [], cold: [] };
  for (let round = 1; round <= options.runs; round += 1) {
    for (const state of ["warm", "cold"] as const) {
      await workbench.resetCheckout();
      const folder = await workbench.freshFolder(`footprint-${state}-${round}`);
      try {
        const sample = await atRest(workbench, folder, state === "warm" ? WARM : COLD, signal);
        samples[state].push(sample);
        console.log(`run ${round}/${options.runs}  ${state}  ${lineOf(sample)}`);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    }
  }
  const [warm, cold] = [samples.warm, samples.cold];
  const rows = [
    ...rowsOf(
      "the runtime",
      warm.map(({ runtime }) => runtime),
      TARGET,
    ),
    ...rowsOf(
      "the agent, warm",
      warm.map(({ agent }) => agent),
    ),
    ...rowsOf(
      "the agent, without warm-up",
      cold.map(({ agent }) => agent),
    ),
  ];
  console.log(`\n${formatTable(["at rest", "median", "min", "max", "target", ""], rows)}`);
  if (options.out !== null) {
    await writeFile(options.out, `${JSON.stringify({ schemaVersion: 2, samples }, null, 2)}\n`);
  }
  return 0;
});

function lineOf({ runtime, agent }: Sample): string {
  const text = ({ rssMiB: rss, cpuPercent }: Footprint) =>
    `${rss.toFixed(1)} MiB ${cpuPercent.toFixed(3)} %`;
  return `runtime ${text(runtime)}, agent ${text(agent)}`;
}

function rowsOf(whose: string, taken: readonly Footprint[], target?: Footprint): string[][] {
  const row = (what: string, key: keyof Footprint, digits: number) => {
    const { median, min, max } = summarize(taken.map((one) => one[key]));
    const told = target === undefined ? "" : median <= target[key] ? "met" : "not met";
    const numbers = [median, min, max].map((value) => value.toFixed(digits));
    return [`${whose}: ${what}`, ...numbers, target?.[key].toFixed(digits) ?? "", told];
  };
  return [row("resident memory, MiB", "rssMiB", 1), row("CPU, % of a core", "cpuPercent", 3)];
}

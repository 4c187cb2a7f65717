// How late each way of learning readiness is: from the moment the handler answers to the moment we know.
// `npm run bench -- readiness [--runs N] [--out FILE]`
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { processClock } from "../../packages/runtime/src/base/clock.ts";
import { NO_GRACE } from "../../packages/runtime/src/process/grace.ts";
import { ProcessLog } from "../../packages/runtime/src/process/process-log.ts";
import { http } from "../../packages/runtime/src/process/readiness/http.ts";
import { logThenHttp } from "../../packages/runtime/src/process/readiness/log-then-http.ts";
import type { ReadinessProbe } from "../../packages/runtime/src/process/readiness/probe.ts";
import { spawnProcess } from "../../packages/runtime/src/process/spawn.ts";
import { runScript } from "../../scripts/bootstrap.mjs";
import { freePort } from "../boot/workbench.ts";
import { alternate, type Contender } from "../lib/alternate.ts";
import { cancelledBySignals } from "../lib/cancel.ts";
import { parseBenchOptions } from "../lib/options.ts";
import { summarize } from "../lib/stats.ts";
import { formatMs, formatTable } from "../lib/table.ts";

/** The target: noticed within this at the 95th percentile, by the probe that a boot uses. */
const TARGET_P95_MS = 20;

const SINCE = /server listening on (?<url>\S+) since (?<since>[\d.]+)/;
const HOST = "127.0.0.1";

type ProbeFor = (port: number) => ReadinessProbe;

/** What entrypoints usually do: ask, wait for an answer or a time-out, wait, ask again. */
const polling =
  (everyMs: number, timeoutMs: number): ProbeFor =>
  (port) => ({
    wait: async (_target, signal) => {
      for (let attempts = 1; ; attempts++) {
        signal.throwIfAborted();
        try {
          const answer = await fetch(`http://${HOST}:${port}/health`, {
            signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
          });
          if (answer.ok) return { by: "poll", attempts, lagMs: everyMs };
        } catch {
          // Refused, or swallowed until the time-out.
        }
        await delay(everyMs);
      }
    },
  });

const strategies: Readonly<Record<string, ProbeFor>> = {
  "poll 500 ms, time-out 2 s": polling(500, 2_000),
  "poll 100 ms, time-out 2 s": polling(100, 2_000),
  "http (ours)": (port) => http({ host: HOST, port, path: "/health" }),
  "log line, then http (ours)": (port) =>
    logThenHttp({ host: HOST, port, path: "/health", pattern: SINCE }),
};
const USED_FOR_THE_AGENT = "log line, then http (ours)";

function contender(id: string, probeFor: ProbeFor): Contender<number> {
  return {
    id,
    run: async (_round, signal) => {
      const port = await freePort();
      const log = new ProcessLog({ clock: processClock });
      const spread = (upToMs: number) => String(Math.round(Math.random() * upToMs));
      const child = spawnProcess({
        command: process.execPath,
        args: [
          join(import.meta.dirname, "fixtures", "late-server.mjs"),
          String(port),
          spread(300),
          spread(600),
        ],
        cwd: "/",
        env: {},
        log,
      });
      try {
        await probeFor(port).wait(child, signal);
        const knownMs = performance.timeOrigin + performance.now();
        const since = await sinceOf(log, signal);
        return Math.max(0, knownMs - since);
      } finally {
        await child.terminate(NO_GRACE);
      }
    },
  };
}

/** The line may still be in the pipe when HTTP has answered already. */
async function sinceOf(log: ProcessLog, signal: AbortSignal): Promise<number> {
  for (;;) {
    signal.throwIfAborted();
    const found = log.tail(5).flatMap(({ line }) => SINCE.exec(line)?.groups?.["since"] ?? []);
    if (found[0] !== undefined) return Number(found[0]);
    await delay(1);
  }
}

await runScript(async () => {
  const options = parseBenchOptions(process.argv.slice(2), ["all"], 40);
  console.log(
    `a server that binds early and answers late; ${options.runs} runs each, alternating\n`,
  );
  const signal = cancelledBySignals();
  const samples = await alternate({
    contenders: Object.entries(strategies).map(([id, probeFor]) => contender(id, probeFor)),
    runs: options.runs,
    signal,
    onSample: (_id, round) => {
      if (process.stdout.isTTY) process.stdout.write(`\rround ${round}/${options.runs}`);
    },
  });
  if (process.stdout.isTTY) process.stdout.write("\r\u001b[K");
  const rows = [...samples].map(([id, lags]) => {
    const { median, min, p95, max } = summarize(lags);
    return [id, ...[median, min, p95, max].map(formatMs)];
  });
  console.log(formatTable(["known so late", "median", "min", "p95", "max"], rows));
  const { p95 } = summarize(samples.get(USED_FOR_THE_AGENT) ?? []);
  const met = p95 <= TARGET_P95_MS ? "met" : "not met";
  console.log(`\ntarget for the agent: p95 ≤ ${TARGET_P95_MS} ms: ${formatMs(p95)}, ${met}`);
  if (options.out !== null) {
    const result = { schemaVersion: 1, p95Ms: p95, lagsMs: Object.fromEntries(samples) };
    await writeFile(options.out, `${JSON.stringify(result, null, 2)}\n`);
  }
  return 0;
});

import type { StagePool } from "@sandboot/stager";
import { processClock } from "../../base/clock.ts";
import { type BootResult, runBoot } from "../../boot/run-boot.ts";
import { StopRequest, stopOnFaults, stopOnSignals } from "../../boot/stop.ts";
import type { Config } from "../../config/config.ts";
import { loadConfig } from "../../config/load.ts";
import { bootTraceOf } from "../../observe/telemetry/trace-of-env.ts";
import type { RuntimeEvent } from "../../protocol/index.ts";
import { type BootFlags, plainBootFlags } from "../boot-flags.ts";
import { BootRecord } from "../boot-record.ts";
import { chooseDisplay } from "../choose-display.ts";
import type { Display } from "../display.ts";
import { exitCodes } from "../exit-codes.ts";
import { ReportFile } from "../report-file.ts";
import type { WhatComesNext } from "../terminal/booted-view.ts";
import type { Workers } from "../workers.ts";

/**
 * Boots as a command line in its plainest form says.
 *
 * @returns The exit code; null for every other form, which takes the parser of command lines.
 */
export async function bootPlainly(
  args: readonly string[],
  workers: Workers,
): Promise<number | null> {
  const flags = plainBootFlags(args);
  if (flags === null) return null;
  try {
    return await boot(flags, workers.start());
  } catch (error) {
    const { explain } = await import("../explain.ts");
    return explain(error);
  }
}

/**
 * Boots a sandbox, shows it, and keeps it until it is told to end.
 *
 * @param pool - The caller disposes of it.
 * @returns The exit code (docs/exit-codes.md).
 * @throws Failed `bad-input`, before anything is started.
 */
export async function boot(flags: BootFlags, pool: StagePool): Promise<number> {
  const stop = new StopRequest();
  using _signals = stopOnSignals(stop, process);
  using _faults = stopOnFaults(stop, process);
  const config = await loadConfig({
    file: flags.config,
    mode: flags.mode,
    env: process.env,
    cwd: process.cwd(),
  });
  const show = chooseDisplay(process.env);
  const trace = await bootTraceOf(process.env);
  const file = flags.report === undefined ? null : new ReportFile(flags.report);
  let display: Display | undefined;
  let record: BootRecord | undefined;
  const warm = Promise.withResolvers<void>();
  const tell = async (ended: BootResult, next: WhatComesNext, isRetry = false) => {
    const report = await record?.begin(ended, isRetry);
    if (report === undefined) return;
    await display?.booted(report, next);
    const path = await record?.keep(report);
    if (path != null) await display?.recorded(report, path);
  };
  const result = await runBoot({
    config,
    pool,
    clock: processClock,
    stop,
    trace,
    program: [process.execPath, process.argv[1] ?? ""],
    exitNow: () => process.exit(stop.fault === null ? exitCodes.killed : exitCodes.internal),
    onBus: (bus) => {
      display = show({ bus, clock: processClock, json: flags.json === true });
      record = new BootRecord({ config, bus, file, trace });
      bus.subscribe((event) => {
        if (endsWarmUp(event)) warm.resolve();
      });
    },
    exitCodeOf: (ended) => exitCodeOf(ended, stop),
    // With --until, somebody waits for the exit code.
    recovers: config.onFailure === "recover" && flags.until === undefined,
    onDecided: async (ended, settled, recovers) => {
      const next = recovers ? "recovery" : whatComesNext(ended, config, flags);
      await tell(ended, next);
      if (next === "warm-up") await Promise.race([warm.promise, settled, stop.asked()]);
      if (next === "late-phases") await Promise.race([settled, stop.asked()]);
      if (next === "work" || next === "recovery") await stop.asked();
    },
    onFault: (ended) => tell(ended, "end"),
    onAdopted: (ended) => tell(ended, "work"),
    onRetried: (ended) => tell(ended, ended.id === "failed" ? "recovery" : "work", true),
  });
  await record?.ended();
  await display?.ended();
  return exitCodeOf(result, stop);
}

/** Whether the agent is warm, or its warm-up is over without that. */
function endsWarmUp(event: RuntimeEvent): boolean {
  if (event.type === "boot.warm") return true;
  return event.type === "phase.ended" && event.id === "agent.warm:workspace";
}

function whatComesNext(
  { id }: BootResult,
  { mode, build }: Config,
  { until }: BootFlags,
): WhatComesNext {
  if (id !== "done" || until === "ready") return "end";
  if (mode === "build") return build.stay ? "work" : "end";
  if (until === "warm") return "warm-up";
  return until === "settled" ? "late-phases" : "work";
}

function exitCodeOf(result: BootResult, { stop, kill, fault, isDone }: StopRequest): number {
  if (fault !== null) return exitCodes.internal;
  if (kill.aborted) return exitCodes.killed;
  switch (result.id) {
    case "done":
      return exitCodes.ok;
    case "failed":
      return exitCodes.bootFailed;
    case "cancelled":
      if (isDone) return exitCodes.ok;
      return exitCodes.interruptedBy((stop.reason as Error).message);
    default:
      return result satisfies never;
  }
}

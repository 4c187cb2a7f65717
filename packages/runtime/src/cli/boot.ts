import type { StagePool } from "@sandboot/stager";
import { processClock } from "../base/clock.ts";
import { type BootResult, runBoot } from "../boot/run-boot.ts";
import { StopRequest, stopOnSignals } from "../boot/stop.ts";
import type { Config } from "../config/config.ts";
import { loadConfig } from "../config/load.ts";
import { bootTraceOf } from "../observe/telemetry/boot-trace.ts";
import type { BootMode } from "../protocol/index.ts";
import { BootRecord } from "./boot-record.ts";
import { chooseDisplay, type Display, type WhatComesNext } from "./display.ts";
import { exitCodes } from "./exit-codes.ts";
import { ReportFile } from "./report-file.ts";

export interface BootFlags {
  readonly config?: string;
  readonly mode?: BootMode;
  readonly until?: "ready" | "settled";
  readonly report?: string;
  readonly json?: boolean;
}

/**
 * `sandboot boot`: boots, shows it, stays until it is told to end.
 *
 * @param pool - Workers for the stage; the caller's to dispose of.
 * @returns The exit code (docs/exit-codes.md).
 * @throws Failed `bad-input` for bad input, before anything was started.
 */
export async function bootCommand(flags: BootFlags, pool: StagePool): Promise<number> {
  const stop = new StopRequest();
  using _signals = stopOnSignals(stop, process);
  const config = await loadConfig({
    file: flags.config,
    mode: flags.mode,
    env: process.env,
    cwd: process.cwd(),
  });
  const show = chooseDisplay(process.env);
  const trace = bootTraceOf(process.env);
  const file = flags.report === undefined ? null : new ReportFile(flags.report);
  let display: Display | undefined;
  let record: BootRecord | undefined;
  const tell = async (ended: BootResult, next: WhatComesNext) => {
    const report = await record?.begin(ended);
    if (report === undefined) return;
    await display?.booted(report, next);
    await record?.keep(report);
  };
  const result = await runBoot({
    config,
    pool,
    clock: processClock,
    stop,
    trace,
    exitNow: () => process.exit(exitCodes.killed),
    onBus: (bus) => {
      display = show({ bus, clock: processClock, json: flags.json === true });
      record = new BootRecord({ config, bus, file, trace });
    },
    exitCodeOf: (ended) => exitCodeOf(ended, stop),
    onDecided: async (ended, settled) => {
      const next = whatComesNext(ended, config, flags);
      await tell(ended, next);
      if (next === "late-phases") await Promise.race([settled, stop.asked()]);
      if (next === "work") await stop.asked();
    },
    onAdopted: (ended) => tell(ended, "work"),
  });
  await record?.ended();
  await display?.ended();
  return exitCodeOf(result, stop);
}

function whatComesNext({ id }: BootResult, { mode }: Config, { until }: BootFlags): WhatComesNext {
  if (id !== "done" || mode === "build" || until === "ready") return "end";
  return until === "settled" ? "late-phases" : "work";
}

function exitCodeOf(result: BootResult, { stop, kill }: StopRequest): number {
  if (kill.aborted) return exitCodes.killed;
  switch (result.id) {
    case "done":
      return exitCodes.ok;
    case "failed":
      return exitCodes.bootFailed;
    case "cancelled":
      return exitCodes.interruptedBy((stop.reason as Error).message);
    default:
      return result satisfies never;
  }
}

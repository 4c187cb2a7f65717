import { mkdir, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { StagePool } from "@sandboot/stager";
import { runBoot } from "../boot/run-boot.ts";
import { stateFolderAt } from "../boot/state-dir.ts";
import { StopRequest, stopOnSignals } from "../boot/stop.ts";
import { processClock } from "../clock.ts";
import type { Config } from "../config/config.ts";
import { loadConfig } from "../config/load.ts";
import type { EventBus } from "../events/bus.ts";
import type { GraphResult } from "../graph/execute.ts";
import type { BootMode, BootReport } from "../protocol/index.ts";
import { type BootTrace, bootTraceOf } from "../telemetry/boot-trace.ts";
import { chooseDisplay, type Display } from "./display.ts";
import { exitCodes } from "./exit-codes.ts";

export interface BootFlags {
  readonly config?: string;
  readonly mode?: BootMode;
  readonly until?: "ready";
  readonly report?: string;
  readonly json?: boolean;
}

/**
 * `sandboot boot`: boots, shows it, stays until it is told to end.
 *
 * @param pool - Workers for the stage; the caller's to dispose of.
 * @returns The exit code (docs/exit-codes.md).
 * @throws ConfigError for bad input, before anything was started.
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
  const sending: Promise<void>[] = [];
  let display: Display | undefined;
  const result = await runBoot({
    config,
    pool,
    clock: processClock,
    stop,
    trace,
    exitNow: () => process.exit(exitCodes.killed),
    onBus: (bus) => {
      display = show({ bus, clock: processClock, json: flags.json === true });
    },
    exitCodeOf: (ended) => exitCodeOf(ended, stop),
    onEnded: async (ended, bus) => {
      const report = await reportOf(ended, bus);
      if (flags.report !== undefined) await writeReport(flags.report, report);
      const stays = ended.id === "done" && config.mode !== "build" && flags.until === undefined;
      await display?.booted(report, stays);
      await putOnRecord(config, report);
      sending.push(sendTrace(trace, report, bus));
      if (stays) await stop.asked();
    },
    onAdopted: async (ended, bus) => {
      const report = await reportOf(ended, bus);
      if (flags.report !== undefined) await writeReport(flags.report, report);
      await display?.booted(report, true);
      await putOnRecord(config, report);
      sending.push(sendTrace(trace, report, bus));
    },
  });
  await Promise.all(sending);
  await display?.ended();
  return exitCodeOf(result, stop);
}

async function reportOf(result: GraphResult, bus: EventBus): Promise<BootReport> {
  const { buildReport } = await import("../report/build-report.ts");
  const { mode, status } = bus.state;
  // Of a seed also when an adopt failed: it is as it was.
  if (status === "seeded") return buildReport(bus.state, "seeded");
  switch (result.id) {
    case "failed":
      return buildReport(bus.state, "failed", [...result.readyByThen]);
    case "cancelled":
      return buildReport(bus.state, "cancelled");
    case "done":
      return buildReport(bus.state, mode === "build" ? "built" : "ready");
    default:
      return result satisfies never;
  }
}

/** For `analyze`, `diff` and `history`. A full disk is a pity, and no reason to end a sandbox that works. */
async function putOnRecord({ stateDir, history }: Config, report: BootReport): Promise<void> {
  const { recordBoot } = await import("../history/store.ts");
  try {
    await recordBoot(stateFolderAt(stateDir).history, report, history);
  } catch (error) {
    process.stderr.write(`sandboot: this boot is not on record: ${(error as Error).message}\n`);
  }
}

/** How long the end of a boot waits for whoever collects traces. */
const TELEMETRY_DEADLINE_MS = 3_000;

/** The SDK is loaded only now, and only when somebody wants a trace. */
async function sendTrace(
  trace: BootTrace | null,
  report: BootReport,
  bus: EventBus,
): Promise<void> {
  if (trace === null) return;
  const { exportTrace } = await import("../telemetry/export-trace.ts");
  const { env } = process;
  const result = await exportTrace({ report, trace, env, deadlineMs: TELEMETRY_DEADLINE_MS });
  if (result.id === "exported") return;
  const message = `the trace was not sent: ${result.message}`;
  bus.emit({ type: "runtime.warning", source: "telemetry", message });
}

async function writeReport(file: string, report: BootReport): Promise<void> {
  const path = resolve(file);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify(report, null, 2)}\n`);
}

function exitCodeOf(result: GraphResult, { stop, kill }: StopRequest): number {
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

import { Cleanup } from "../base/cleanup.ts";
import { faultFailure, toWire } from "../base/failed.ts";
import { RUNTIME_VERSION } from "../base/version.ts";
import { runtimeWarning } from "../base/warned.ts";
import type { Config } from "../config/config.ts";
import { adoptInto } from "./adopt/adopt.ts";
import type { AdoptAdmission } from "./adopt/adopt-admission.ts";
import { answerAdopt } from "./adopt/ways-in/answer.ts";
import { waysIn } from "./adopt/ways-in/index.ts";
import type { GraphResult } from "./graph/graph-run.ts";
import type { Plan } from "./graph/plan.ts";
import { bindPhases, bootPhases, planOf } from "./phases/table.ts";
import { runPhases } from "./run-phases.ts";
import { openSandbox, type Sandbox, type SandboxOptions } from "./sandbox.ts";
import { startupWarnings } from "./startup-warnings.ts";
import type { StopRequest } from "./stop.ts";

/** How a boot ended. */
export type BootResult = GraphResult;

export interface RunBootOptions extends SandboxOptions {
  /** The exit code that the process will end with, for the last event. */
  readonly exitCodeOf: (result: BootResult) => number;
  /**
   * Called when the result of the boot is decided. The sandbox ends when the returned promise resolves.
   *
   * @param settled - Resolves when late optional phases have ended, too.
   */
  readonly onDecided: (result: BootResult, settled: Promise<void>) => Promise<void>;
  /** Called when an error that nothing caught ends a sandbox whose boot had ended well. */
  readonly onFault: (result: BootResult) => Promise<void>;
  /** Called each time an adopt of a seed has ended, well or not: the report has changed. */
  readonly onAdopted: (result: BootResult) => Promise<void>;
}

/**
 * Boots a sandbox, keeps it as long as `onDecided` says, and ends everything in the reverse order of starting (C8).
 * Nothing that was started is left when this resolves.
 *
 *    opened ──► ports claimed ──► phases run ──► decided ──► kept (a seed: adopted) ──► ended
 *
 * @returns How the boot went.
 */
export async function runBoot(options: RunBootOptions): Promise<BootResult> {
  const { pool, stop } = options;
  await using cleanup = new Cleanup();
  const sandbox = await openSandbox(options, cleanup);
  const { config, parts, bus, adopts } = sandbox;
  const phases = bootPhases(config);
  const plan = planOf(phases);
  announce(sandbox, plan);
  await using run = await runPhases(sandbox, plan, bindPhases(phases, parts), stop);
  const { settled } = run;
  let result = faultOf(stop, run.result) ?? run.result;
  tellFailure(sandbox, result);
  if (result.id === "done" && adopts !== null) {
    admitAdopts(adopts, result, sandbox, options);
    openWaysIn(adopts, sandbox, cleanup);
  }
  // Ends idle threads. An adopt starts them again.
  void pool.rest();
  await options.onDecided(result, settled);
  await adopts?.close();
  const fault = faultOf(stop, result);
  if (fault !== null) {
    result = fault;
    tellFailure(sandbox, result);
    await options.onFault(result);
  }
  bus.emit({ type: "shutdown.started", reason: reasonOf(result, config, stop) });
  sandbox.endsWith(options.exitCodeOf(result));
  return result;
}

function tellFailure({ bus }: Sandbox, result: BootResult): void {
  if (result.id !== "failed") return;
  const { phase, failure, readyByThen } = result;
  bus.emit({ type: "boot.failed", phase, failure, readyByThen: [...readyByThen] });
}

/** The result when an error has come that nothing caught; null without one, or when the boot has failed already. */
function faultOf({ fault }: StopRequest, { id, settled }: BootResult): BootResult | null {
  if (fault === null || id === "failed") return null;
  const failure = toWire(faultFailure(fault.error));
  return { id: "failed", phase: "runtime", failure, settled, readyByThen: [...settled.keys()] };
}

function announce({ config, clock, bus, leftovers }: Sandbox, plan: Plan): void {
  bus.emit({
    type: "boot.started",
    runtimeVersion: RUNTIME_VERSION,
    pid: process.pid,
    startedAt: new Date(Date.parse(clock.isoNow()) - clock.nowMs()).toISOString(),
    sandboxId: config.sandboxId,
    mode: config.mode,
    phases: [...plan.phases],
  });
  if (leftovers !== null) bus.emit(runtimeWarning(leftovers));
  for (const warning of startupWarnings(config, process.pid)) bus.emit(runtimeWarning(warning));
}

/** The seed has booted: from now on it can be adopted. */
function admitAdopts(
  adopts: AdoptAdmission,
  seeded: BootResult,
  sandbox: Sandbox,
  { pool, onAdopted }: RunBootOptions,
): void {
  const { clock, bus } = sandbox;
  bus.emit({ type: "boot.seeded", seededMs: clock.nowMs() });
  const onEnded = (result: BootResult) => {
    void pool.rest();
    return onAdopted(result);
  };
  adopts.open(adoptInto({ ...sandbox, seeded, onEnded }));
}

/** From now on the seed looks for its binding where the config says. */
function openWaysIn(adopts: AdoptAdmission, { config, bus }: Sandbox, cleanup: Cleanup): void {
  for (const open of waysIn) {
    const way = open({
      config,
      bind: (document, source) => answerAdopt(adopts, document, source),
      warn: (warning) => bus.emit(runtimeWarning(warning)),
    });
    if (way !== null) cleanup.use(way);
  }
}

function reasonOf(result: BootResult, { mode }: Config, { stop }: StopRequest): string {
  if (result.id === "failed") return `${result.phase} failed`;
  if (stop.aborted) return (stop.reason as Error).message;
  return mode === "build" ? "the build is done" : "the boot was to end here (--until)";
}

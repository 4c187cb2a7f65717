import { Cleanup } from "../base/cleanup.ts";
import { causeOf, faultFailure, toWire } from "../base/failed.ts";
import { RUNTIME_VERSION } from "../base/version.ts";
import { runtimeWarning } from "../base/warned.ts";
import type { Config } from "../config/config.ts";
import { adoptInto } from "./adopt/adopt.ts";
import type { AdoptAdmission } from "./adopt/adopt-admission.ts";
import { answerAdopt } from "./adopt/ways-in/answer.ts";
import { waysIn } from "./adopt/ways-in/index.ts";
import type { GraphResult } from "./graph/graph-run.ts";
import type { Plan } from "./graph/plan.ts";
import type { BootPhase } from "./phases/phase.ts";
import { bindPhases, bootPhases, planOf } from "./phases/table.ts";
import { Recovery } from "./recovery/recovery.ts";
import { runPhases, whatDecides } from "./run-phases.ts";
import { openSandbox, type Sandbox, type SandboxOptions } from "./sandbox.ts";
import { startupWarnings } from "./startup-warnings.ts";
import type { StopRequest } from "./stop.ts";
import { tellBuildFailed } from "./tell-build.ts";

/** How a boot ended. */
export type BootResult = GraphResult;

export interface RunBootOptions extends SandboxOptions {
  /** The exit code that the process will end with, for the last event. */
  readonly exitCodeOf: (result: BootResult) => number;
  /** Whether a sandbox whose boot has failed stays, so that somebody can mend it and retry. */
  readonly recovers: boolean;
  /**
   * Called when the result of the boot is decided. The sandbox ends when the returned promise resolves.
   *
   * @param settled - Resolves when late optional phases have ended, too.
   * @param recovers - Whether the boot has failed and the sandbox stays.
   */
  readonly onDecided: (
    result: BootResult,
    settled: Promise<void>,
    recovers: boolean,
  ) => Promise<void>;
  /** Called each time a retry has ended, well or not: the report has changed. */
  readonly onRetried: (result: BootResult) => Promise<void>;
  /** Called when an error that nothing caught ends a sandbox whose boot had ended well. */
  readonly onFault: (result: BootResult) => Promise<void>;
  /** Called each time an adopt of a seed has ended, well or not: the report has changed. */
  readonly onAdopted: (result: BootResult) => Promise<void>;
}

/**
 * Boots a sandbox, keeps it as long as `onDecided` says, and ends everything in the reverse order of starting (C8).
 * Nothing that was started is left when this resolves.
 *
 *    opened ──► ports claimed ──► phases run ──► decided ──► kept (a seed: adopted; failed: recovering) ──► ended
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
  const recovers = canRecover(result, sandbox, options);
  tellFailure(sandbox, result, recovers);
  await tellFailedBuild(sandbox, result, stop);
  const letIn = (booted: BootResult) => {
    if (booted.id !== "done" || adopts === null) return;
    admitAdopts(adopts, booted, sandbox, options);
    openWaysIn(adopts, sandbox, cleanup);
  };
  letIn(result);
  const recovery =
    recovers && result.id === "failed"
      ? recoveryFrom(result, { sandbox, plan, phases, options, letIn })
      : null;
  // Ends idle threads. An adopt, or a retry, starts them again.
  void pool.rest();
  await options.onDecided(result, settled, recovery !== null);
  await adopts?.close();
  if (recovery !== null) result = await recovery.close();
  const fault = faultOf(stop, result);
  if (fault !== null) {
    result = fault;
    tellFailure(sandbox, result, false);
    await options.onFault(result);
  }
  bus.emit({ type: "shutdown.started", reason: reasonOf(result, config, stop) });
  sandbox.endsWith(options.exitCodeOf(result));
  return result;
}

function tellFailure({ bus }: Sandbox, result: BootResult, recovers: boolean): void {
  if (result.id !== "failed") return;
  const { phase, failure, readyByThen } = result;
  bus.emit({ type: "boot.failed", phase, failure, readyByThen: [...readyByThen], recovers });
}

/**
 * The result when an error has come that nothing caught, or the bridge or the agent is lost; null otherwise, or when the boot
 * has failed already.
 */
function faultOf({ fault, loss }: StopRequest, { id, settled }: BootResult): BootResult | null {
  const lost = fault === null ? loss : { process: "runtime", failure: faultFailure(fault.error) };
  if (lost === null || id === "failed") return null;
  const readyByThen = [...settled.keys()];
  return { id: "failed", phase: lost.process, failure: toWire(lost.failure), settled, readyByThen };
}

/** Whoever asked for an image is waiting to hear of it. */
async function tellFailedBuild(
  { config, bus }: Sandbox,
  result: BootResult,
  { stop }: StopRequest,
): Promise<void> {
  if (config.mode !== "build" || result.id !== "failed") return;
  const warning = await tellBuildFailed(config, result.failure.message, stop);
  if (warning !== null) bus.emit(runtimeWarning(warning));
}

interface Failing {
  readonly sandbox: Sandbox;
  readonly plan: Plan;
  readonly phases: readonly BootPhase[];
  readonly options: RunBootOptions;
  /** What a boot that has worked lets in. */
  readonly letIn: (result: BootResult) => void;
}

/**
 * Whether a sandbox whose boot has failed stays. It ends when nobody could mend it, and when it has failed before its first
 * phase or by a fault of ours.
 */
function canRecover(
  result: BootResult,
  { bus }: Sandbox,
  { recovers, stop }: RunBootOptions,
): boolean {
  if (result.id !== "failed" || !recovers || stop.stop.aborted) return false;
  return bus.state.phases.some(({ id, status }) => id === result.phase && status === "failed");
}

function recoveryFrom(
  failed: Extract<BootResult, { id: "failed" }>,
  { sandbox, plan, phases, options, letIn }: Failing,
): Recovery {
  const { clock, bus, parts, interrupts, retries, bridge } = sandbox;
  return Recovery.begin(failed, {
    clock,
    bus,
    parts,
    interrupts,
    retries,
    phases,
    plan,
    decidedBy: whatDecides(sandbox),
    holdPrompts: (reason) => bridge.hold(reason),
    onRetried: async (retried) => {
      tellFailure(sandbox, retried, true);
      letIn(retried);
      void options.pool.rest();
      // The sandbox works, whether or not its report could be written.
      await options.onRetried(retried).catch((error: unknown) => {
        bus.emit(runtimeWarning({ code: "boot-not-recorded", cause: causeOf(error) }));
      });
    },
  });
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
  for (const warning of [...leftovers, ...startupWarnings(config, process.pid)]) {
    bus.emit(runtimeWarning(warning));
  }
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

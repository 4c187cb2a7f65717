import { randomUUID } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { StagePool } from "@sandboot/stager";
import type { Clock } from "../clock.ts";
import type { Config } from "../config/config.ts";
import { secretsOf } from "../config/secrets.ts";
import { ControlPlane } from "../control-plane/control-plane.ts";
import { EventBus } from "../events/bus.ts";
import { EventLog } from "../events/event-log.ts";
import { executeGraph, type GraphResult } from "../graph/execute.ts";
import { PhaseFailure } from "../graph/phase.ts";
import { makePlan } from "../graph/plan.ts";
import { bootPhases } from "../phases/table.ts";
import { assertPortFree } from "../process/ports.ts";
import { type ProcessMark, runtimeMark } from "../process/process-mark.ts";
import { createRedactor } from "../process/redact.ts";
import { terminateMarked } from "../process/terminate.ts";
import { StatusServer } from "../status/server.ts";
import { Supervisor } from "../supervise/supervisor.ts";
import { processTimers } from "../supervise/timers.ts";
import type { BootTrace } from "../telemetry/boot-trace.ts";
import { RUNTIME_VERSION } from "../version.ts";
import { adoptInto } from "./adopt.ts";
import { AdoptDesk } from "./adopt-desk.ts";
import { Cleanup } from "./cleanup.ts";
import { composeBoot } from "./compose.ts";
import { controlOf } from "./control.ts";
import { Door } from "./door.ts";
import { planOf } from "./plan-of.ts";
import { openStateFolder } from "./state-dir.ts";
import type { StopRequest } from "./stop.ts";

export interface RunBootOptions {
  readonly config: Config;
  /** Workers for file work; the caller's to dispose of. */
  readonly pool: StagePool;
  readonly clock: Clock;
  readonly stop: StopRequest;
  /** The ids of its trace; null without telemetry. */
  readonly trace: BootTrace | null;
  /** Ends the runtime's own process at once: somebody has asked for the third time. */
  readonly exitNow: () => void;
  /** Sees the bus before the first event, to show or record. */
  readonly onBus: (bus: EventBus) => void;
  /** What the process will end with, for those who follow its events. */
  readonly exitCodeOf: (result: GraphResult) => number;
  /** Called when the graph has ended, however; resolves when the sandbox may be ended. */
  readonly onEnded: (result: GraphResult, bus: EventBus) => Promise<void>;
  /** Called each time when an adopt of a seed has ended, well or not: the report has changed. */
  readonly onAdopted: (result: GraphResult, bus: EventBus) => Promise<void>;
}

/**
 * Boots, stays as long as `onEnded` says, and ends everything in the reverse order of starting (C8).
 * Nothing that was started is left when this resolves.
 *
 * @returns How the boot went.
 */
export async function runBoot(options: RunBootOptions): Promise<GraphResult> {
  const { clock, pool, stop, trace } = options;
  const mark = runtimeMark(randomUUID());
  const config = { ...options.config, env: { ...options.config.env, [mark.name]: mark.value } };
  const redactor = createRedactor(config.env, secretsOf(config));
  const bus = new EventBus({ clock, redact: redactor.redact });
  options.onBus(bus);

  const graceMs = config.shutdown.graceSeconds * 1000;
  const { hurry } = stop;
  using _kill = killOnThirdRequest(stop, mark, options.exitNow);
  await using cleanup = new Cleanup();
  const folder = await openStateFolder(config.stateDir);
  const supervisor = new Supervisor({
    clock,
    timers: processTimers,
    random: Math.random,
    redactor,
    graceMs,
    hurry,
    emit: (event) => bus.emit(event),
  });
  const desk = config.mode === "seed" ? new AdoptDesk() : null;
  const control = controlOf({ bus, supervisor, stop, desk });
  // Ends after everything else: whoever follows the events sees the end, too.
  const status = cleanup.use(
    new StatusServer({
      control,
      socketPath: folder.socket,
      tcp: config.status,
    }),
  );
  await Promise.all([
    status.listenOnSocket(),
    // Sidecars start in it at once, and the agent works in it when there is no repository, or several.
    mkdir(config.workspace, { recursive: true }),
  ]);
  cleanup.use(
    new EventLog(bus, {
      path: folder.events,
      onTrouble: (message) => bus.emit({ type: "runtime.warning", source: "events-log", message }),
    }),
  );
  if (config.controlPlane !== null) {
    cleanup.use(
      new ControlPlane({
        config: config.controlPlane,
        folder: folder.outbox,
        bus,
        report: () => control.report(),
        timers: processTimers,
        random: Math.random,
        hurry,
      }),
    );
  }
  let exitCode: number | undefined;
  cleanup.defer(() => {
    if (exitCode !== undefined) bus.emit({ type: "shutdown.ended", exitCode });
  });
  // What hooks left running is part of the sandbox, and the last of it to go.
  cleanup.defer(() => terminateMarked(mark, { graceMs, hurry }));
  cleanup.defer(() => supervisor.stopAll());
  const door = new Door(config, bus);
  cleanup.defer(() => door.close({ graceMs, hurry }));
  const boot = composeBoot({ config, clock, bus, pool, supervisor, door, folder, trace, cleanup });
  const plan = makePlan(bootPhases(boot));
  bus.emit({
    type: "boot.started",
    runtimeVersion: RUNTIME_VERSION,
    pid: process.pid,
    startedAt: new Date(Date.parse(clock.isoNow()) - clock.nowMs()).toISOString(),
    sandboxId: config.sandboxId,
    mode: config.mode,
    phases: plan.phases.map(planOf),
  });
  const ended =
    (await takePorts(status, door, config)) ??
    (await executeGraph(plan, { clock, emit: (event) => bus.emit(event), signal: stop.stop }));
  if (ended.id === "failed") {
    const { phase, failure, readyByThen } = ended;
    bus.emit({ type: "boot.failed", phase, failure, readyByThen: [...readyByThen] });
  }
  if (ended.id === "done" && desk !== null) {
    bus.emit({ type: "boot.seeded", seededMs: clock.nowMs() });
    // Nobody waits for it now as a phase does; an adopt finds it up again.
    boot.agentProcess.supervise();
    const onAdopted = (result: GraphResult) => {
      void pool.rest();
      return options.onAdopted(result, bus);
    };
    desk.open(adoptInto({ boot, seeded: ended, redactor, graceMs, hurry, onEnded: onAdopted }));
  }
  // An adopt starts threads again.
  void pool.rest();
  await options.onEnded(ended, bus);
  await desk?.close();
  bus.emit({ type: "shutdown.started", reason: reasonOf(ended, stop) });
  exitCode = options.exitCodeOf(ended);
  return ended;
}

/** What SIGKILL has not ended by then is stuck in the kernel; a container's end will be the end of it. */
const KILL_MS = 2_000;

/** Whoever asks for the third time wants out, whatever is under way: all that was ever started is killed, and we go. */
function killOnThirdRequest(
  { kill }: StopRequest,
  mark: ProcessMark,
  exitNow: () => void,
): Disposable {
  const onKill = () => {
    const killed = terminateMarked(mark, { graceMs: 0 }).catch(() => {});
    void Promise.race([killed, delay(KILL_MS)]).then(exitNow);
  };
  kill.addEventListener("abort", onKill, { once: true });
  return { [Symbol.dispose]: () => kill.removeEventListener("abort", onKill) };
}

/**
 * Takes the ports of status API and bridge, and looks whether the agent's is free, before anything is started: a port
 * in use should not cost the wait for an agent.
 */
async function takePorts(
  status: StatusServer,
  door: Door,
  config: Config,
): Promise<GraphResult | null> {
  const checks = [{ phase: "status", check: status.listenOnPort() }];
  if (config.mode !== "build") {
    checks.push(
      { phase: "bridge", check: door.listen() },
      { phase: "agent.spawn", check: assertPortFree(config.agent.port, "agent.port") },
    );
  }
  await Promise.allSettled(checks.map(({ check }) => check));
  for (const { phase, check } of checks) {
    try {
      await check;
    } catch (error) {
      if (!(error instanceof PhaseFailure)) throw error;
      const { failure } = error;
      return { id: "failed", phase, failure, readyByThen: [], outputs: new Map() };
    }
  }
  return null;
}

function reasonOf(result: GraphResult, { stop }: StopRequest): string {
  if (result.id === "failed") return `${result.phase} failed`;
  return stop.aborted ? (stop.reason as Error).message : "it was asked to end when ready";
}

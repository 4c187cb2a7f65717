import type { Clock } from "../clock.ts";
import { PhaseFailure } from "../graph/phase.ts";
import { describeExit, type ProcessExit } from "../process/process-exit.ts";
import { ProcessLog } from "../process/process-log.ts";
import type { Redactor } from "../process/redact.ts";
import { type RunningProcess, spawnProcess } from "../process/spawn.ts";
import type { ProcessState, ProcessStatus } from "../protocol/index.ts";
import { ProbeFailed, type ProbeResult, type ReadinessProbe } from "../readiness/probe.ts";

export interface SpawnSpec {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly nice?: number;
}

export interface ManagedProcessOptions {
  readonly id: string;
  readonly kind: ProcessState["kind"];
  /** Asked anew at every start: a restart sees a changed environment file. */
  readonly spec: () => SpawnSpec;
  readonly probe: ReadinessProbe;
  readonly readyTimeoutMs: number;
  readonly optional: boolean;
  readonly port: number | null;
  readonly url: string | null;
}

export interface SupervisionParts {
  readonly clock: Clock;
  readonly redactor: Redactor;
  readonly onChange: (state: ProcessState) => void;
}

/** What is true of the process now; each state carries exactly what it has. */
type State =
  | { readonly id: "idle" }
  | { readonly id: "starting"; readonly child: RunningProcess; readonly sinceMs: number }
  | {
      readonly id: "running";
      readonly child: RunningProcess;
      readonly sinceMs: number;
      readonly readyMs: number;
      readonly readyBy: string;
    }
  | { readonly id: "stopping"; readonly child: RunningProcess; readonly sinceMs: number }
  | { readonly id: "stopped"; readonly sinceMs: number }
  | { readonly id: "crashed"; readonly sinceMs: number; readonly exit: ProcessExit }
  | { readonly id: "not-installed"; readonly command: string };

/**
 * One supervised process.
 *
 *           spawn()            probe
 *    idle ─────────► starting ───────► running
 *     ▲                │  │               │
 *     │ spawn()   exit │  │ stop()   exit │ stop()
 *     │                ▼  └──────┐   ┌────┴──────┐
 *     ├──────────── crashed ◄────┼───┘           ▼
 *     └──────────── stopped ◄────┴─────────── stopping
 */
export class ManagedProcess {
  readonly id: string;
  readonly log: ProcessLog;
  readonly #options: ManagedProcessOptions;
  readonly #parts: SupervisionParts;
  #state: State = { id: "idle" };
  #restarts = 0;

  constructor(options: ManagedProcessOptions, parts: SupervisionParts) {
    this.id = options.id;
    this.#options = options;
    this.#parts = parts;
    const { clock, redactor } = parts;
    this.log = new ProcessLog({ clock, redactLine: redactor.redactLine });
  }

  get state(): ProcessState {
    const { id, kind, port, url, optional } = this.#options;
    return { id, kind, port, url, optional, restarts: this.#restarts, status: this.#status() };
  }

  /**
   * Starts the program; {@link ready} waits for it.
   *
   * @returns Its pid.
   * @throws PhaseFailure `not-installed` when there is no such program.
   */
  async spawn(): Promise<number> {
    switch (this.#state.id) {
      case "starting":
      case "running":
      case "stopping":
        throw new Error(`${this.id} runs already`);
      case "idle":
      case "stopped":
      case "crashed":
      case "not-installed":
        break;
      default:
        this.#state satisfies never;
    }
    const spec = this.#options.spec();
    const child = spawnProcess({ ...spec, log: this.log });
    if (child.pid === 0) {
      const exit = await child.exited;
      this.#become({ id: "not-installed", command: spec.command });
      const reason = exit.id === "not-started" ? exit.message : exit.id;
      throw new PhaseFailure({
        code: "not-installed",
        message: `${this.id} could not be started: ${reason}`,
        hint: `install ${spec.command}, or name it in the config`,
      });
    }
    this.#become({ id: "starting", child, sinceMs: this.#parts.clock.nowMs() });
    void child.exited.then((exit) => this.#exited(child, exit));
    return child.pid;
  }

  /**
   * Waits until the readiness probe is content.
   *
   * @throws PhaseFailure `process-exited` or `ready-timeout` with the tail of its output; the signal's reason when aborted.
   */
  async ready(signal: AbortSignal): Promise<ProbeResult> {
    const state = this.#state;
    if (state.id !== "starting") throw new Error(`${this.id} is ${state.id}, not starting`);
    const { readyTimeoutMs, probe } = this.#options;
    const timeout = AbortSignal.timeout(readyTimeoutMs);
    try {
      const result = await probe.wait(state.child, AbortSignal.any([signal, timeout]));
      this.#become({
        ...state,
        id: "running",
        readyMs: this.#parts.clock.nowMs(),
        readyBy: result.by,
      });
      return result;
    } catch (error) {
      signal.throwIfAborted();
      const outputTail = this.log.tail(20).map(({ line }) => line);
      if (error instanceof ProbeFailed) {
        const why =
          error.failure.id === "exited" ? describeExit(error.failure.exit) : error.failure.id;
        const message = `${this.id} ${why} before it was ready`;
        throw new PhaseFailure({ code: "process-exited", message, outputTail });
      }
      if (!timeout.aborted) throw error;
      const message = `${this.id} was not ready within ${readyTimeoutMs / 1000} s`;
      throw new PhaseFailure({ code: "ready-timeout", message, outputTail });
    }
  }

  /** Ends it and all it started; nothing to do when it does not run. */
  async stop(options: { graceMs: number; hurry?: AbortSignal }): Promise<void> {
    const state = this.#state;
    if (state.id !== "starting" && state.id !== "running" && state.id !== "stopping") return;
    const { child } = state;
    this.#become({ id: "stopping", child, sinceMs: this.#parts.clock.nowMs() });
    await child.terminate(options);
    this.#become({ id: "stopped", sinceMs: this.#parts.clock.nowMs() });
  }

  /** Stops it and starts it again; {@link ready} waits for it. */
  async restart(graceMs = 2_000): Promise<number> {
    await this.stop({ graceMs });
    this.#restarts += 1;
    return this.spawn();
  }

  #exited(child: RunningProcess, exit: ProcessExit): void {
    const state = this.#state;
    // A restart has put another child here, or a stop is awaiting this one.
    if (!("child" in state) || state.child !== child || state.id === "stopping") return;
    this.#become({ id: "crashed", sinceMs: this.#parts.clock.nowMs(), exit });
  }

  #become(state: State): void {
    this.#state = state;
    this.#parts.onChange(this.state);
  }

  #status(): ProcessStatus {
    const state = this.#state;
    switch (state.id) {
      case "idle":
      case "stopped":
      case "not-installed":
        return state;
      case "starting":
      case "stopping":
        return { id: state.id, pid: state.child.pid, sinceMs: state.sinceMs };
      case "running": {
        const { child, ...rest } = state;
        return { ...rest, pid: child.pid };
      }
      case "crashed":
        return {
          id: "crashed",
          sinceMs: state.sinceMs,
          exitCode: state.exit.id === "exited" ? state.exit.code : null,
          signal: state.exit.id === "signalled" ? state.exit.signal : null,
        };
      default:
        return state satisfies never;
    }
  }
}

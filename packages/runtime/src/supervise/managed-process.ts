import type { Clock } from "../clock.ts";
import { PhaseFailure } from "../graph/phase.ts";
import type { NotStarted } from "../process/process-exit.ts";
import { ProcessLog } from "../process/process-log.ts";
import type { Redactor } from "../process/redact.ts";
import { type RunningProcess, spawnProcess } from "../process/spawn.ts";
import type { ProcessState } from "../protocol/index.ts";
import { ProbeFailed, type ProbeResult, type ReadinessProbe } from "../readiness/probe.ts";
import { type Crash, describeCrash, endedWell } from "./crash.ts";
import { RestartBudget, type RestartPolicy } from "./restart-policy.ts";
import { type State, statusOf } from "./state.ts";
import type { Timers } from "./timers.ts";
import { Turns } from "./turns.ts";
import { untilReady } from "./wait.ts";

export interface SpawnSpec {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface ManagedProcessOptions {
  readonly id: string;
  readonly kind: ProcessState["kind"];
  /** Asked anew at every start: a restart sees a changed environment file. */
  readonly spec: () => SpawnSpec;
  readonly probe: ReadinessProbe;
  /** Milliseconds from its start; a process that is not ready by then is ended, and counts as crashed. */
  readonly readyTimeoutMs: number;
  readonly restart: RestartPolicy;
  /** Low until {@link ManagedProcess.restorePriority}, which the agent's session brings. */
  readonly priority: "normal" | "low";
  readonly optional: boolean;
  readonly port: number | null;
  readonly url: string | null;
}

export interface SupervisionParts {
  readonly clock: Clock;
  readonly timers: Timers;
  /** At least 0, below 1: the jitter of waits. */
  readonly random: () => number;
  readonly redactor: Redactor;
  /** Milliseconds between TERM and KILL. */
  readonly graceMs: number;
  /** Cuts every grace short when it is aborted. */
  readonly hurry: AbortSignal;
}

/**
 * One supervised process.
 *
 *                        start()             probe
 *    idle ─────────────────────────► starting ───────► running
 *    stopped, failed, not-installed ─►▲  │ │             │ │
 *                                     │  │ └───stop()────┼─┴───► stopping ───► stopped
 *              retry, start()         │  │               │           └─restart()─► starting
 *    backoff ─────────────────────────┘  └─exit, timeout─┤ exit
 *       ▲                                                ▼
 *       └──────────────── restart policy ──────────── crashed ──exit code 0, no restart──► stopped
 *                                                        └──────────budget spent─────────► failed
 *
 * Commands, and what follows from an exit, have their turns one after the other, so that each finds a state that nobody
 * else is changing. None of them waits for readiness: a stop never waits for a process that is slow to start.
 */
export class ManagedProcess {
  readonly id: string;
  readonly log: ProcessLog;
  readonly #options: ManagedProcessOptions;
  readonly #parts: SupervisionParts;
  readonly #budget: RestartBudget;
  readonly #turns = new Turns();
  readonly #listeners = new Set<() => void>();
  #current: State = { id: "idle" };
  /** Settles when nobody asks the last child any more whether it is ready. */
  #probing: Promise<void> = Promise.resolve();
  #restarts = 0;
  #supervised = false;
  #retired = false;
  #lowPriority: boolean;

  constructor(options: ManagedProcessOptions, parts: SupervisionParts) {
    this.id = options.id;
    this.#options = options;
    this.#lowPriority = options.priority === "low";
    this.#parts = parts;
    this.#budget = new RestartBudget(options.restart, parts.random);
    this.log = new ProcessLog({ clock: parts.clock, redactLine: parts.redactor.redactLine });
  }

  get current(): State {
    return this.#current;
  }

  /** The state as the world sees it. */
  get state(): ProcessState {
    const { id, kind, port, url, optional } = this.#options;
    const status = statusOf(this.#current);
    return { id, kind, port, url, optional, restarts: this.#restarts, status };
  }

  /** Calls `listener` at every change from now on; returns the call that ends it. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * From now on a crash is answered by the restart policy. Before, it is the business of the phase that waits for the
   * process: a boot whose agent does not start fails, and does not try again.
   */
  supervise(): void {
    this.#supervised = true;
    if (this.#current.id === "crashed") this.#recoverInTurn(this.#current.child);
  }

  /**
   * Starts it unless it runs; a wait for the next restart ends here.
   *
   * @returns Its pid.
   * @throws PhaseFailure `not-installed`, `not-started` or `shutting-down`.
   */
  start(): Promise<number> {
    return this.#turns.take(async () => {
      this.#refuseAtTheEnd();
      const state = this.#current;
      if (state.id === "starting" || state.id === "running") return state.child.pid;
      if (state.id === "backoff") state.cancel();
      this.#budget.reset();
      return await this.#spawn();
    });
  }

  /**
   * Ends it and all it started; it stays stopped until somebody starts it.
   *
   * @throws ProcessesSurvived when something of it cannot be ended.
   */
  stop(): Promise<void> {
    return this.#turns.take(async () => {
      const { id } = this.#current;
      if (id === "idle" || id === "stopped" || id === "failed" || id === "not-installed") return;
      await this.#endChild();
      this.#become({ id: "stopped", sinceMs: this.#now() });
    });
  }

  /**
   * Stops it when it runs, and starts it.
   *
   * @returns Its pid.
   * @throws what {@link start} and {@link stop} throw.
   */
  restart(): Promise<number> {
    return this.#turns.take(async () => {
      this.#refuseAtTheEnd();
      if (this.#current.id !== "idle") this.#restarts += 1;
      await this.#endChild();
      this.#budget.reset();
      return await this.#spawn();
    });
  }

  /**
   * Waits until it is ready, over restarts by hand and not over crashes.
   *
   * @throws PhaseFailure `process-exited` or `ready-timeout` with the tail of its output; the signal's reason when aborted.
   */
  ready(signal: AbortSignal): Promise<ProbeResult> {
    return untilReady(this, signal);
  }

  /** Nobody is in more of a hurry than it any more: it, and every later start of it, has the priority of others. */
  async restorePriority(): Promise<void> {
    if (!this.#lowPriority) return;
    this.#lowPriority = false;
    if ("child" in this.#current) await this.#current.child.restorePriority();
  }

  /** The sandbox ends: nothing starts this process any more. What runs is for {@link stop} to end. */
  retire(): void {
    this.#retired = true;
    if (this.#current.id !== "backoff") return;
    this.#current.cancel();
    this.#become({ id: "stopped", sinceMs: this.#now() });
  }

  /** It is ready and of no use, as whoever works with it has found: it is ended, and counts as crashed. */
  condemn(reason: string): void {
    const state = this.#current;
    if (state.id === "running") this.#crashed(state.child, { id: "unusable", reason });
  }

  #refuseAtTheEnd(): void {
    if (!this.#retired) return;
    const message = `${this.id} is not started: the sandbox ends`;
    throw new PhaseFailure({ code: "shutting-down", message });
  }

  async #spawn(): Promise<number> {
    // The end may have come while this turn was ending the last child.
    this.#refuseAtTheEnd();
    const spec = this.#options.spec();
    this.#parts.redactor.learn(spec.env);
    const child = spawnProcess({ ...spec, log: this.log, lowPriority: this.#lowPriority });
    if (child.pid === 0) {
      const exit = await child.exited;
      if (exit.id !== "not-started") throw new Error(`${this.id} ended without a pid`);
      throw this.#notStarted(spec.command, exit);
    }
    this.#become({ id: "starting", child, sinceMs: this.#now() });
    void child.exited.then((exit) => this.#crashed(child, { id: "exited", exit }));
    this.#probing = this.#probe(child);
    return child.pid;
  }

  #notStarted(command: string, exit: NotStarted): PhaseFailure {
    const message = `${this.id} could not be started: ${exit.message}`;
    if (!exit.programMissing) {
      this.#become({ id: "failed", sinceMs: this.#now(), reason: exit.message });
      return new PhaseFailure({ code: "not-started", message });
    }
    this.#become({ id: "not-installed", command });
    const hint = `install ${command}, or name it in the config`;
    return new PhaseFailure({ code: "not-installed", message, hint });
  }

  /** Waits for readiness as long as the child lives; what became of it is a change of state. */
  async #probe(child: RunningProcess): Promise<void> {
    const { readyTimeoutMs: timeoutMs, probe } = this.#options;
    const timeout = new AbortController();
    const cancel = this.#parts.timers.after(timeoutMs, () => timeout.abort());
    try {
      const readiness = await probe.wait(child, timeout.signal);
      const state = this.#current;
      if (state.id !== "starting" || state.child !== child) return;
      this.#become({ ...state, id: "running", readyMs: this.#now(), readiness });
    } catch (error) {
      if (timeout.signal.aborted) this.#crashed(child, { id: "not-ready", timeoutMs });
      else if (!(error instanceof ProbeFailed))
        this.#crashed(child, { id: "unusable", reason: `could not be probed: ${String(error)}` });
      // An exit is told by `exited`, here as everywhere.
      else if (error.failure.id !== "exited") this.#crashed(child, error.failure);
    } finally {
      cancel();
    }
  }

  #crashed(child: RunningProcess, crash: Crash): void {
    const state = this.#current;
    // A stop awaits this one, or it has been dealt with.
    if ((state.id !== "starting" && state.id !== "running") || state.child !== child) return;
    const sinceMs = this.#now();
    const ranMs = state.id === "running" ? sinceMs - state.readyMs : 0;
    const wasReady = state.id === "running";
    const answered = this.#supervised && !this.#retired && this.#options.restart.when !== "never";
    this.#become({ id: "crashed", child, sinceMs, crash, ranMs, wasReady, answered });
    this.#recoverInTurn(child);
  }

  #recoverInTurn(child: RunningProcess): void {
    this.#inOwnTurn(async () => {
      const state = this.#current;
      if (state.id !== "crashed" || state.child !== child) return;
      // What it left behind would hold its port.
      await this.#terminate(child);
      this.#recover(state);
    });
  }

  #recover({ crash, ranMs, wasReady }: State & { id: "crashed" }): void {
    const { when } = this.#options.restart;
    const now = this.#now();
    if (!this.#supervised || this.#retired) return;
    if (when !== "always" && endedWell(crash)) {
      this.#become({ id: "stopped", sinceMs: now });
      return;
    }
    if (when === "never") return;
    const decision = this.#budget.afterCrash(now, ranMs);
    if (decision.id === "give-up") {
      const times = `restarted ${decision.restarts} times within ${this.#options.restart.windowMs / 1000} s`;
      const reason = `${times}, and ${describeCrash(crash)} again`;
      this.#become({ id: "failed", sinceMs: now, reason });
      return;
    }
    const { delayMs, attempt } = decision;
    const cancel = this.#parts.timers.after(delayMs, () => this.#retry());
    const retryAtMs = now + delayMs;
    const why = { attempt, crash, wasReady };
    this.#become({ id: "backoff", sinceMs: now, retryAtMs, ...why, cancel });
  }

  #retry(): void {
    this.#inOwnTurn(async () => {
      // Somebody may have started or stopped it since the timer rang.
      if (this.#current.id !== "backoff") return;
      this.#restarts += 1;
      await this.#spawn();
    });
  }

  /** For what nobody awaits: a failure becomes a state. */
  #inOwnTurn(task: () => Promise<void>): void {
    void this.#turns.take(task).catch((error: unknown) => {
      const { id } = this.#current;
      if (id === "failed" || id === "not-installed" || this.#retired) return;
      const reason = error instanceof Error ? error.message : String(error);
      this.#become({ id: "failed", sinceMs: this.#now(), reason });
    });
  }

  /** Ends what there is to end, whatever the state. */
  async #endChild(): Promise<void> {
    const state = this.#current;
    if (state.id === "backoff") state.cancel();
    if (!("child" in state)) return;
    const { child } = state;
    this.#become({ id: "stopping", child, sinceMs: this.#now() });
    try {
      await this.#terminate(child);
    } catch (error) {
      this.#become({ id: "failed", sinceMs: this.#now(), reason: String(error) });
      throw error;
    }
  }

  async #terminate(child: RunningProcess): Promise<void> {
    const { graceMs, hurry } = this.#parts;
    await child.terminate({ graceMs, hurry });
    await this.#probing;
  }

  #now(): number {
    return this.#parts.clock.nowMs();
  }

  #become(state: State): void {
    this.#current = state;
    for (const listener of [...this.#listeners]) listener();
  }
}

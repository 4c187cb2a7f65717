import { PhaseFailure } from "../../base/failure.ts";
import { Turns } from "../../base/turns.ts";
import type { ProcessState } from "../../protocol/index.ts";
import type { NotStarted } from "../process-exit.ts";
import { ProcessLog } from "../process-log.ts";
import type { ProbeResult } from "../readiness/probe.ts";
import { Child } from "./child.ts";
import type { Crash } from "./crash.ts";
import { notStartedFailure } from "./failures.ts";
import type { ManagedProcessOptions, SpawnSpec, SupervisionParts } from "./options.ts";
import { recoveryFrom } from "./recovery.ts";
import { RestartBudget } from "./restart-policy.ts";
import { type State, statusOf } from "./state.ts";
import { untilReady, untilUp } from "./wait.ts";

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
   * process.
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

  /** The same over crashes, too, as long as the restart policy answers them. @throws as {@link ready}. */
  up(signal: AbortSignal): Promise<ProbeResult> {
    return untilUp(this, signal);
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
    const spec = this.#specNow();
    const how = { log: this.log, lowPriority: this.#lowPriority };
    const child = await Child.start(spec, how, this.#options, this.#parts);
    if (!(child instanceof Child)) throw this.#notStarted(spec.command, child);
    this.#become({ id: "starting", child, sinceMs: this.#now() });
    void child.exited.then((exit) => this.#crashed(child, { id: "exited", exit }));
    void this.#awaitReadiness(child);
    return child.pid;
  }

  /** An environment file that cannot be read, for example, is a failure of this process, and of no other. */
  #specNow(): SpawnSpec {
    try {
      return this.#options.spec();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#become({ id: "failed", sinceMs: this.#now(), reason });
      throw error;
    }
  }

  #notStarted(command: string, exit: NotStarted): PhaseFailure {
    const sinceMs = this.#now();
    if (exit.programMissing) this.#become({ id: "not-installed", command });
    else this.#become({ id: "failed", sinceMs, reason: exit.message });
    return notStartedFailure(this.id, command, exit);
  }

  async #awaitReadiness(child: Child): Promise<void> {
    const outcome = await child.readiness();
    switch (outcome.id) {
      case "ready": {
        const state = this.#current;
        if (state.id !== "starting" || state.child !== child) return;
        const { readiness } = outcome;
        this.#become({ ...state, id: "running", readyMs: this.#now(), readiness });
        return;
      }
      case "crash":
        this.#crashed(child, outcome.crash);
        return;
      case "exited":
        // Its exit is told by itself, here as everywhere.
        return;
      default:
        outcome satisfies never;
    }
  }

  #crashed(child: Child, crash: Crash): void {
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

  #recoverInTurn(child: Child): void {
    this.#inOwnTurn(async () => {
      const state = this.#current;
      if (state.id !== "crashed" || state.child !== child) return;
      // What it left behind would hold its port.
      await child.terminate();
      this.#recover(state);
    });
  }

  #recover(state: State & { id: "crashed" }): void {
    if (!this.#supervised || this.#retired) return;
    const sinceMs = this.#now();
    const policy = this.#options.restart;
    const recovery = recoveryFrom(state, { policy, budget: this.#budget, nowMs: sinceMs });
    switch (recovery.id) {
      case "stay-crashed":
        return;
      case "stop":
        this.#become({ id: "stopped", sinceMs });
        return;
      case "give-up":
        this.#become({ id: "failed", sinceMs, reason: recovery.reason });
        return;
      case "retry": {
        const { delayMs, attempt } = recovery;
        const { crash, wasReady } = state;
        const cancel = this.#parts.timers.after(delayMs, () => this.#retry());
        const retryAtMs = sinceMs + delayMs;
        this.#become({ id: "backoff", sinceMs, retryAtMs, attempt, crash, wasReady, cancel });
        return;
      }
      default:
        recovery satisfies never;
    }
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
      await child.terminate();
    } catch (error) {
      this.#become({ id: "failed", sinceMs: this.#now(), reason: String(error) });
      throw error;
    }
  }

  #now(): number {
    return this.#parts.clock.nowMs();
  }

  #become(state: State): void {
    this.#current = state;
    for (const listener of [...this.#listeners]) listener();
  }
}

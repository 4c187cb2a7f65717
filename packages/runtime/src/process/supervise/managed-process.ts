import { Failed, messageOf } from "../../base/failed.ts";
import { startText } from "../../base/process-text.ts";
import { Turns } from "../../base/turns.ts";
import type { ProcessState } from "../../protocol/index.ts";
import { NICENESS } from "../priority.ts";
import type { NotStarted } from "../process-exit.ts";
import { ProcessLog } from "../process-log.ts";
import type { ProbeResult } from "../readiness/probe.ts";
import { Child } from "./child.ts";
import { notStartedFailure } from "./failures.ts";
import { Lifecycle } from "./lifecycle.ts";
import type { ManagedProcessOptions, SpawnSpec, SupervisionParts } from "./options.ts";
import { CrashRecovery } from "./recovery.ts";
import { specChanges } from "./spec-changes.ts";
import { type State, statusOf } from "./state.ts";
import { untilReady, untilUp } from "./wait.ts";

/**
 * One supervised process: the commands that others may give it.
 *
 *    idle, stopped, failed, not-installed
 *      │ start, restart
 *      ▼
 *    starting ──── probe succeeds ────► running
 *      │  ▲                               │
 *      │  │ retry, start, restart         │ crash (see `Crash`)
 *      │  │                               ▼
 *      │  └─── backoff ◄── policy ─── crashed ── exit code 0, not `always` ──► stopped
 *      │                               ▲ │ │
 *      └──────────── crash ────────────┘ │ └────── restart budget spent ──────► failed
 *                                        │
 *                                        └─ policy `never`: stays crashed until start, restart or stop
 *
 *    starting, running, crashed ── stop, restart ──► stopping ──► stopped, or starting again
 *    backoff ── stop ──► stopped
 *    start, restart, retry ── the program cannot be executed ──► not-installed, failed
 *
 * Commands and recoveries take turns, one at a time, so that each finds a state that nothing else is changing. None of
 * them waits for readiness: a stop never waits for a process that is slow to start.
 */
export class ManagedProcess {
  readonly id: string;
  readonly log: ProcessLog;
  readonly #options: ManagedProcessOptions;
  readonly #parts: SupervisionParts;
  readonly #lifecycle = new Lifecycle();
  readonly #turns = new Turns();
  readonly #recovery: CrashRecovery;
  readonly #retirement = new AbortController();
  #restarts = 0;
  /** Of the next start, and of the child that lives. */
  #niceness: number;
  #childNiceness: number = NICENESS.normal;
  /** What the last child was started with. */
  #spec: SpawnSpec | null = null;

  constructor(options: ManagedProcessOptions, parts: SupervisionParts) {
    this.id = options.id;
    this.#options = options;
    this.#niceness = options.niceness;
    this.#parts = parts;
    this.log = new ProcessLog({ clock: parts.clock, redactLine: parts.redactor.redactLine });
    this.#recovery = new CrashRecovery({
      lifecycle: this.#lifecycle,
      turns: this.#turns,
      policy: options.restart,
      parts,
      restart: async () => {
        this.#restarts += 1;
        await this.#spawn();
      },
      retired: this.#retirement.signal,
    });
  }

  get current(): State {
    return this.#lifecycle.current;
  }

  /** The state as the protocol reports it. */
  get state(): ProcessState {
    const { id, kind, port, url, optional } = this.#options;
    const status = statusOf(this.current);
    return { id, kind, port, url, optional, restarts: this.#restarts, status };
  }

  /**
   * What a start now would change of what the living child was started with: names of variables, and `command`, `args` or
   * `cwd`. Empty when no child lives, because the next start reads everything anew.
   */
  changesSinceStart(): readonly string[] {
    const { id } = this.current;
    const lives = id === "starting" || id === "running";
    return lives && this.#spec !== null ? specChanges(this.#spec, this.#options.spec()) : [];
  }

  /** Calls `listener` at every change of state from now on. @returns the call that ends this. */
  subscribe(listener: () => void): () => void {
    return this.#lifecycle.subscribe(listener);
  }

  /**
   * From now on the restart policy answers a crash. Until then the phase that waits for the process deals with it.
   */
  supervise(): void {
    this.#recovery.supervise();
  }

  /**
   * Starts the process unless it runs. In backoff it is started at once.
   *
   * @returns Its pid.
   * @throws Failed `not-installed`, `not-started` or `shutting-down`.
   */
  start(): Promise<number> {
    return this.#turns.take(async () => {
      this.#refuseWhenRetired();
      const state = this.current;
      if (state.id === "starting" || state.id === "running") return state.child.pid;
      if (state.id === "backoff") state.cancel();
      this.#recovery.resetBudget();
      return await this.#spawn();
    });
  }

  /**
   * Ends the process and everything it started. It stays stopped until a command starts it.
   *
   * @throws Failed `processes-survived` when some of it cannot be ended.
   */
  stop(): Promise<void> {
    return this.#turns.take(async () => {
      const { id } = this.current;
      if (id === "idle" || id === "stopped" || id === "failed" || id === "not-installed") return;
      await this.#endChild();
      this.#lifecycle.become({ id: "stopped", sinceMs: this.#now() });
    });
  }

  /**
   * Stops the process if it runs, then starts it.
   *
   * @returns Its pid.
   * @throws what {@link start} and {@link stop} throw.
   */
  restart(): Promise<number> {
    return this.#turns.take(async () => {
      this.#refuseWhenRetired();
      if (this.current.id !== "idle") this.#restarts += 1;
      await this.#endChild();
      this.#recovery.resetBudget();
      return await this.#spawn();
    });
  }

  /**
   * Waits until the process is ready. A restart by command prolongs the wait; a crash ends it.
   *
   * @throws Failed `process-exited` or `ready-timeout` with the tail of its output; the signal's reason when aborted.
   */
  ready(signal: AbortSignal): Promise<ProbeResult> {
    return untilReady(this, signal);
  }

  /** As {@link ready}; a crash that the restart policy answers prolongs the wait, too. @throws as {@link ready}. */
  up(signal: AbortSignal): Promise<ProbeResult> {
    return untilUp(this, signal);
  }

  /** Low priority again for starts from now on, until {@link restorePriority}. */
  lowerPriority(): void {
    this.#niceness = this.#options.niceness;
  }

  /** Back to normal priority, for later starts too. */
  async restorePriority(): Promise<void> {
    this.#niceness = NICENESS.normal;
    if (this.#childNiceness === NICENESS.normal) return;
    this.#childNiceness = NICENESS.normal;
    const state = this.current;
    if ("child" in state) await state.child.restorePriority();
  }

  /** For the end of the sandbox: nothing starts this process any more. A running one is left for {@link stop}. */
  retire(): void {
    this.#retirement.abort();
    const state = this.current;
    if (state.id !== "backoff") return;
    state.cancel();
    this.#lifecycle.become({ id: "stopped", sinceMs: this.#now() });
  }

  /** For users of a ready process who find that it does not work: it is ended, and counts as crashed. */
  reportUnusable(reason: string): void {
    const state = this.current;
    if (state.id === "running") this.#recovery.crashed(state.child, { id: "unusable", reason });
  }

  /** After a pause: a process that is gone, or has lost its port to another one, counts as crashed. @returns whether it does. */
  async isLost(): Promise<boolean> {
    const state = this.current;
    if (state.id !== "running") return false;
    const reason = await state.child.lossOf(this.#options.port);
    if (reason === null) return false;
    this.#recovery.crashed(state.child, { id: "unusable", reason });
    return true;
  }

  #refuseWhenRetired(): void {
    if (this.#retirement.signal.aborted)
      throw new Failed({ code: "shutting-down", process: this.id });
  }

  async #spawn(): Promise<number> {
    // The sandbox may have begun to end while this turn was ending the last child.
    this.#refuseWhenRetired();
    const spec = this.#specNow();
    const how = { log: this.log, niceness: this.#niceness };
    const child = await Child.start(spec, how, this.#options, this.#parts);
    if (!(child instanceof Child)) throw this.#notStarted(child);
    this.#childNiceness = how.niceness;
    this.#spec = spec;
    this.#lifecycle.become({ id: "starting", child, sinceMs: this.#now() });
    void child.exited.then((exit) => {
      if (exit.id !== "not-started") this.#recovery.crashed(child, { id: "exited", exit });
      else if (this.#has(child)) this.#notStarted(exit);
    });
    void this.#awaitReadiness(child);
    return child.pid;
  }

  #has(child: Child): boolean {
    const state = this.current;
    return state.id === "starting" && state.child === child;
  }

  /** When the spec cannot be made (an environment file cannot be read, say), this process alone has failed. */
  #specNow(): SpawnSpec {
    try {
      return this.#options.spec();
    } catch (error) {
      const reason = messageOf(error);
      this.#lifecycle.become({ id: "failed", sinceMs: this.#now(), reason });
      throw error;
    }
  }

  #notStarted(exit: NotStarted): Failed {
    const sinceMs = this.#now();
    const { start } = exit;
    if (start.why === "no-program") {
      this.#lifecycle.become({ id: "not-installed", command: start.command });
    } else this.#lifecycle.become({ id: "failed", sinceMs, reason: startText(start) });
    return notStartedFailure(this.id, exit);
  }

  async #awaitReadiness(child: Child): Promise<void> {
    const outcome = await child.readiness();
    switch (outcome.id) {
      case "ready": {
        const state = this.current;
        if (state.id !== "starting" || state.child !== child) return;
        const { readiness } = outcome;
        this.#lifecycle.become({ ...state, id: "running", readyMs: this.#now(), readiness });
        return;
      }
      case "crash":
        this.#recovery.crashed(child, outcome.crash);
        return;
      case "exited":
        // `#spawn` listens for the exit of every child.
        return;
      default:
        outcome satisfies never;
    }
  }

  /** Ends the child, if this state has one, and the wait for a restart. */
  async #endChild(): Promise<void> {
    const state = this.current;
    if (state.id === "backoff") state.cancel();
    if (!("child" in state)) return;
    const { child } = state;
    this.#lifecycle.become({ id: "stopping", child, sinceMs: this.#now() });
    try {
      await child.terminate();
    } catch (error) {
      this.#lifecycle.become({ id: "failed", sinceMs: this.#now(), reason: messageOf(error) });
      throw error;
    }
  }

  #now(): number {
    return this.#parts.clock.nowMs();
  }
}

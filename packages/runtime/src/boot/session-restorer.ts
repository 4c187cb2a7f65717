import type { AgentReportTracker } from "../agents/agent-report.ts";
import type { AgentDriver, AgentPackages, AgentSession } from "../agents/driver.ts";
import type { Linked } from "../agents/linked.ts";
import type { Clock } from "../base/clock.ts";
import { messageOf } from "../base/failed.ts";
import { timeLimit } from "../base/timers.ts";
import { Turns } from "../base/turns.ts";
import type { Child } from "../process/supervise/child.ts";
import { describeCrash } from "../process/supervise/crash.ts";
import type { ManagedProcess } from "../process/supervise/managed-process.ts";
import { whileRunning } from "../process/supervise/wait.ts";
import type { GatedDoor } from "./gated-door.ts";
import type { PromptWatch } from "./prompt-watch.ts";

export interface SessionRestorerOptions {
  /** The agent as its config is now. */
  readonly driver: () => AgentDriver;
  /** For messages. */
  readonly title: string;
  /** Without the primary one the boot fails. Another one's door says at once that it is gone. */
  readonly isPrimary: boolean;
  readonly packages: () => Promise<AgentPackages>;
  /** What is linked for it, and again for each new process. */
  readonly linked: Linked;
  readonly process: ManagedProcess;
  readonly report: AgentReportTracker;
  readonly door: Pick<GatedDoor, "open" | "hold" | "refuse">;
  readonly prompts: Pick<PromptWatch, "next">;
  readonly clock: Clock;
  readonly url: URL;
  /** Milliseconds that opening the workspace may take. */
  readonly sessionMs: number;
}

/** An agent that never answers must not be asked for ever. */
const WARM_MS = 120_000;

type State =
  /**
   * The boot opens the workspace. `crash` is why the last process ended, until the next one is ready. `isGone`: no other process comes
   * by itself, and the door says so.
   */
  | { readonly id: "booting"; readonly crash: string | null; readonly isGone: boolean }
  | { readonly id: "open"; readonly directory: string; readonly child: Child }
  | { readonly id: "down"; readonly directory: string; readonly reason: string }
  | {
      readonly id: "reopening";
      readonly directory: string;
      readonly child: Child;
      /** Why the process before went down. */
      readonly reason: string;
    };

type Booting = Extract<State, { id: "booting" }>;

/**
 * Opens the workspace again when the agent was restarted, after a crash or by hand. Prompts wait until then (C3). All
 * hooks ended during the boot, so the new process may read the workspace at once (C2).
 *
 *    booting ──begin()──► open ──process down──► down ──new process ready──► reopening
 *                          ▲                      ▲                            │  │
 *                          │                      └────────process down────────┘  │
 *                          └──────────────────────session made────────────────────┘
 */
export class SessionRestorer implements AsyncDisposable {
  readonly #options: SessionRestorerOptions;
  readonly #turns = new Turns();
  readonly #over = new AbortController();
  readonly #unsubscribe: () => void;
  #state: State = { id: "booting", crash: null, isGone: false };
  /** The process that has opened the workspace in the boot. */
  #opened: Child | null = null;

  constructor(options: SessionRestorerOptions) {
    this.#options = options;
    this.#unsubscribe = options.process.subscribe(() => this.#follow());
  }

  /** The process that runs now has opened the workspace in the boot. */
  opened(): void {
    const { current } = this.#options.process;
    this.#opened = current.id === "running" ? current.child : null;
  }

  /**
   * The boot has opened `directory`: from now on restarts are answered. The caller opens the bridge. A process that was started
   * after {@link opened} opens the workspace first.
   *
   * @throws Failed with the tail of the agent's output when its process has ended already.
   */
  async begin(directory: string, signal: AbortSignal): Promise<void> {
    const { process } = this.#options;
    await process.ready(signal);
    const { current } = process;
    if (current.id === "running" && current.child !== this.#opened) {
      this.#tell(current.child, await this.#session(directory, signal));
    }
    this.#state =
      current.id === "running"
        ? { id: "open", directory, child: current.child }
        : { id: "down", directory, reason: "ended when the workspace was opened" };
  }

  /** The boot could not open `directory`: from now on a restart tries it again. The caller shuts the door. */
  missed(directory: string, reason: string): void {
    this.#state = { id: "down", directory, reason };
  }

  /** The boot has failed, and may be tried again: until the next {@link begin}, the boot's phases answer restarts. */
  pause(): void {
    this.#state = { id: "booting", crash: null, isGone: false };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unsubscribe();
    this.#over.abort();
    await this.#turns.idle();
  }

  #follow(): void {
    if (this.#state.id === "booting") {
      const state = this.#noteRestart(this.#state);
      this.#state = this.#options.isPrimary ? state : this.#tellWhetherGone(state);
    } else this.#answer(this.#state);
  }

  /** Notes in the report that the agent was restarted during the boot. The boot's phases do the rest. */
  #noteRestart(state: Booting): Booting {
    const { process, report } = this.#options;
    const { current } = process;
    if (current.id === "crashed") return { ...state, crash: describeCrash(current.crash) };
    if (current.id !== "running" || state.crash === null) return state;
    report.update({ pid: current.child.pid });
    report.restarted({ reason: state.crash, paths: [] });
    return { ...state, crash: null };
  }

  /** Who waits at the door of an agent that does not come waits no longer. */
  #tellWhetherGone(state: Booting): Booting {
    const { process, door, title } = this.#options;
    const reason = whyGone(process.current, state.crash);
    if (reason !== null) door.refuse(`${title} ${reason}`);
    else if (state.isGone) door.hold(null);
    return { ...state, isGone: reason !== null };
  }

  #answer(state: Exclude<State, Booting>): void {
    const { process, door, title } = this.#options;
    const { directory } = state;
    const down = (reason: string) => {
      this.#state = { id: "down", directory, reason };
      return `${title} ${reason}`;
    };
    const { current } = process;
    switch (current.id) {
      case "running":
        if ("child" in state && state.child === current.child) return;
        this.#reopen(state, current.child);
        return;
      case "crashed": {
        const reason = down(describeCrash(current.crash));
        if (current.answered) door.hold(reason);
        else door.refuse(reason);
        return;
      }
      case "stopping":
        door.hold(down("was stopped by hand"));
        return;
      case "stopped":
        door.refuse(`${title} ${reasonOf(state)}`);
        return;
      case "failed":
        door.refuse(`${title} was given up: ${current.reason}`);
        return;
      case "not-installed":
        door.refuse(`${title} is not installed any more: ${current.command}`);
        return;
      case "starting":
      case "backoff":
      case "idle":
        return;
      default:
        current satisfies never;
    }
  }

  #reopen(state: Exclude<State, Booting>, child: Child): void {
    const { directory } = state;
    const reopening: State = { id: "reopening", directory, child, reason: reasonOf(state) };
    this.#state = reopening;
    void this.#turns.take(() => this.#openWorkspace(reopening));
  }

  async #openWorkspace(reopening: Extract<State, { id: "reopening" }>): Promise<void> {
    const { process, report, door } = this.#options;
    const { directory, child, reason } = reopening;
    const { signal } = this.#over;
    const isCurrent = () => this.#state === reopening && !signal.aborted;
    try {
      const session = await this.#session(directory, signal);
      if (!isCurrent()) return;
      this.#state = { id: "open", directory, child };
      this.#tell(child, session);
      report.restarted({ reason, paths: [] });
      const { next } = this.#options.prompts;
      door.open();
      void this.#warm(directory, AbortSignal.any([signal, next]));
    } catch (error) {
      // If the process has gone down meanwhile, that is answered already.
      if (!isCurrent()) return;
      const why = messageOf(error);
      process.reportUnusable(`did not open the workspace: ${why}`);
    }
  }

  /** The new process is as cold as the first one was. A prompt that comes ends this, as in the boot. */
  async #warm(directory: string, signal: AbortSignal): Promise<void> {
    const { driver, process, url } = this.#options;
    const { workspace } = driver().warm;
    if (workspace === null) return;
    using limit = timeLimit(WARM_MS);
    const limited = AbortSignal.any([signal, limit.signal]);
    await whileRunning(process, limited, (running) =>
      workspace({ url, directory, signal: running }),
    ).catch(() => {
      // Then the next answer takes longer.
    });
  }

  async #session(directory: string, signal: AbortSignal): Promise<AgentSession> {
    const { process, sessionMs } = this.#options;
    using limit = timeLimit(sessionMs);
    const limited = AbortSignal.any([signal, limit.signal]);
    return await whileRunning(process, limited, (stop) => this.#createSession(directory, stop));
  }

  #tell({ pid }: Child, session: AgentSession): void {
    const { report, clock } = this.#options;
    report.update({ pid });
    report.sessionAnswered(session, clock.nowMs());
  }

  async #createSession(directory: string, signal: AbortSignal): Promise<AgentSession> {
    await this.#linkPackages(directory, signal);
    const { driver, url } = this.#options;
    return await driver().createSession(url, directory, signal);
  }

  /** Links the packages again, because somebody may have removed them. Without them the agent installs by itself. */
  async #linkPackages(directory: string, signal: AbortSignal): Promise<void> {
    const { packages, linked } = this.#options;
    if (linked === "nothing") return;
    try {
      const made = await packages();
      await Promise.all([
        linked === "home" ? null : made.link(directory, { signal }),
        made.linkGlobal({ signal }),
      ]);
    } catch {
      signal.throwIfAborted();
    }
  }
}

/** Why no process of the agent comes unless somebody starts it; null when one is there, or comes. */
function whyGone(current: ManagedProcess["current"], crash: string | null): string | null {
  switch (current.id) {
    case "failed":
      return `was given up: ${current.reason}`;
    case "not-installed":
      return `is not installed: ${current.command}`;
    case "crashed":
      return current.answered ? null : describeCrash(current.crash);
    case "stopped":
      return crash ?? "was stopped";
    case "idle":
    case "starting":
    case "running":
    case "backoff":
    case "stopping":
      return null;
    default:
      return current satisfies never;
  }
}

/** Why the agent's last process went down. */
function reasonOf(state: Exclude<State, Booting>): string {
  return state.id === "open" ? "was restarted" : state.reason;
}

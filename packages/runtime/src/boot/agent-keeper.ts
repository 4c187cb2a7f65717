import type { AgentReportTracker } from "../agents/agent-report.ts";
import type { AgentDriver, AgentPackages, AgentSession } from "../agents/driver.ts";
import type { Clock } from "../base/clock.ts";
import { Turns } from "../base/turns.ts";
import type { Child } from "../process/supervise/child.ts";
import { describeCrash } from "../process/supervise/crash.ts";
import type { ManagedProcess } from "../process/supervise/managed-process.ts";
import { whileRunning } from "../process/supervise/wait.ts";
import type { Door } from "./door.ts";
import { noteEarlyRestarts } from "./early-restarts.ts";

export interface AgentKeeperOptions {
  readonly agent: AgentDriver;
  readonly packages: () => Promise<AgentPackages>;
  readonly process: ManagedProcess;
  readonly report: AgentReportTracker;
  readonly door: Door;
  readonly clock: Clock;
  readonly url: URL;
  /** Milliseconds for that. */
  readonly sessionMs: number;
}

/**
 * Keeps what the boot has promised when the agent is started again, after a crash or by hand: the door holds while it is
 * away, the new process opens the workspace, and only then those who waited are let in (C3). Its hooks have all ended
 * with the boot, so nothing of C2 is left to wait for.
 */
export class AgentKeeper implements AsyncDisposable {
  readonly #options: AgentKeeperOptions;
  readonly #turns = new Turns();
  readonly #over = new AbortController();
  #unsubscribe: () => void;
  /** The process that has opened the workspace. */
  #served: Child | null = null;
  /** The workspace that a new process has to open. */
  #directory = "";
  /** Why the last one went. */
  #reason = "it was started again by hand";

  constructor(options: AgentKeeperOptions) {
    this.#options = options;
    this.#unsubscribe = noteEarlyRestarts(options.process, options.report);
  }

  /**
   * Begins: the process that runs now has its session in `directory`. The door is the caller's to open.
   *
   * @throws Failed with the tail of its output when it has ended already.
   */
  async keep(directory: string, signal: AbortSignal): Promise<void> {
    const { process } = this.#options;
    this.#directory = directory;
    await process.ready(signal);
    if (process.current.id === "running") this.#served = process.current.child;
    this.#unsubscribe();
    this.#unsubscribe = process.subscribe(() => this.#look());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unsubscribe();
    this.#over.abort();
    await this.#turns.idle();
  }

  #look(): void {
    const { process, agent, door } = this.#options;
    const state = process.current;
    switch (state.id) {
      case "running":
        if (state.child !== this.#served) void this.#turns.take(() => this.#serve(state.child));
        return;
      case "crashed":
        this.#reason = describeCrash(state.crash);
        if (state.answered) door.hold(`${agent.name} ${this.#reason}`);
        else door.refuse(`${agent.name} ${this.#reason}`);
        return;
      case "stopping":
        this.#reason = "was stopped by hand";
        door.hold(`${agent.name} ${this.#reason}`);
        return;
      case "stopped":
        door.refuse(`${agent.name} ${this.#reason}`);
        return;
      case "failed":
        door.refuse(`${agent.name} was given up: ${state.reason}`);
        return;
      case "not-installed":
        door.refuse(`${agent.name} is not there any more: ${state.command}`);
        return;
      case "starting":
      case "backoff":
      case "idle":
        return;
      default:
        state satisfies never;
    }
  }

  async #serve(child: Child): Promise<void> {
    const { process, report, door, clock, sessionMs } = this.#options;
    const isCurrent = () => process.current.id === "running" && process.current.child === child;
    const reason = this.#reason;
    const { signal } = this.#over;
    try {
      const limited = AbortSignal.any([signal, AbortSignal.timeout(sessionMs)]);
      const session = await whileRunning(process, limited, (stop) => this.#openWorkspace(stop));
      if (!isCurrent() || signal.aborted) return;
      this.#served = child;
      const { warnings: _, ...known } = session;
      report.update({ ...known, pid: child.pid, sessionMs: clock.nowMs() });
      report.restarted({ reason, paths: [] });
      door.open();
    } catch (error) {
      // When it has ended meanwhile, its end is answered by itself.
      const why = error instanceof Error ? error.message : String(error);
      if (isCurrent() && !signal.aborted)
        process.reportUnusable(`did not open the workspace: ${why}`);
    }
  }

  async #openWorkspace(signal: AbortSignal): Promise<AgentSession> {
    const { agent, url } = this.#options;
    const directory = this.#directory;
    await this.#linkPackages(directory, signal);
    return await agent.createSession(url, directory, signal);
  }

  /** Somebody may have removed them meanwhile. Without them the agent installs by itself. */
  async #linkPackages(directory: string, signal: AbortSignal): Promise<void> {
    const { agent, packages } = this.#options;
    if (agent.packages === null) return;
    try {
      await (await packages()).link(directory, { signal });
    } catch {
      signal.throwIfAborted();
    }
  }
}

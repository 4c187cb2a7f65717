import type { AgentReportTracker } from "../agents/agent-report.ts";
import type { AgentActivity, FollowClients } from "../agents/driver.ts";
import type { Clock } from "../base/clock.ts";
import type { Timers } from "../base/timers.ts";
import type { Child } from "../process/supervise/child.ts";
import type { ManagedProcess } from "../process/supervise/managed-process.ts";
import type { PromptWatch } from "./prompt-watch.ts";

export interface ClientWatchOptions {
  readonly follow: FollowClients;
  readonly process: Pick<ManagedProcess, "current" | "subscribe">;
  readonly prompts: Pick<PromptWatch, "asked" | "answered">;
  readonly report: Pick<
    AgentReportTracker,
    "authenticated" | "authenticationRequired" | "sessionOpened"
  >;
  readonly clock: Pick<Clock, "nowMs">;
  readonly timers: Timers;
  readonly url: URL;
}

/** Before it asks again when the connection ended and the agent goes on, in milliseconds. */
const AGAIN_MS = 1_000;

/**
 * Hears from an agent's own server what clients do that the bridge cannot see: prompts, authentication, sessions. Each process of
 * the agent is followed anew. The sandbox works the same without.
 */
export class ClientWatch implements AsyncDisposable {
  readonly #options: ClientWatchOptions;
  readonly #unsubscribe: () => void;
  #child: Child | null = null;
  #over = new AbortController();
  #following: Promise<void> = Promise.resolve();

  constructor(options: ClientWatchOptions) {
    this.#options = options;
    this.#unsubscribe = options.process.subscribe(() => this.#look());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unsubscribe();
    this.#over.abort();
    await this.#following;
  }

  #look(): void {
    const { current } = this.#options.process;
    const child = current.id === "running" ? current.child : null;
    if (child === this.#child) return;
    this.#child = child;
    this.#over.abort();
    if (child === null) return;
    this.#over = new AbortController();
    this.#following = this.#follow(this.#over.signal);
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { follow, url } = this.#options;
    while (!signal.aborted) {
      await follow({ url, signal, onActivity: (activity) => this.#take(activity) });
      await this.#wait(signal);
    }
  }

  #wait(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#options.timers.after(AGAIN_MS, () => {
        signal.removeEventListener("abort", onAbort);
        resolve();
      });
      const onAbort = () => {
        cancel();
        resolve();
      };
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }

  #take(activity: AgentActivity): void {
    const { prompts, report, clock } = this.#options;
    switch (activity.type) {
      case "prompt-asked":
        prompts.asked();
        break;
      case "answered": {
        const { agoMs, updateMs, endMs } = activity;
        prompts.answered({
          kind: "answered",
          askedMs: clock.nowMs() - agoMs,
          headersMs: updateMs ?? endMs,
          firstByteMs: updateMs,
          endMs,
        });
        break;
      }
      case "authenticated":
        report.authenticated();
        break;
      case "authentication-required": {
        const { message, methods } = activity;
        report.authenticationRequired({ message, methods: [...methods] });
        break;
      }
      case "session-opened":
        report.sessionOpened(activity.sessionId, clock.nowMs());
        break;
      default:
        activity satisfies never;
    }
  }
}

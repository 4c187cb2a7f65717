import type { AgentReportTracker } from "../agents/agent-report.ts";
import type { AgentDriver, PromptKind } from "../agents/driver.ts";
import type { Clock } from "../base/clock.ts";
import type { Watch } from "../bridge/destination.ts";
import type { FirstAnswer } from "../protocol/index.ts";

export interface PromptWatchOptions {
  readonly driver: Pick<AgentDriver, "promptKind">;
  readonly clock: Clock;
  readonly report: Pick<AgentReportTracker, "update">;
  /** Called when the first answer has ended: no later one will be faster. */
  readonly onAnswered: () => void;
}

/**
 * Sees the prompts that pass the bridge, and hears of those of an ACP agent's clients. The first one ends the warm-up. How long the first one took that the agent
 * agreed to is reported: times only, nothing of what was asked or answered.
 */
export class PromptWatch {
  readonly #options: PromptWatchOptions;
  readonly #first = new AbortController();
  readonly #firstAnswer = Promise.withResolvers<void>();
  #next = new AbortController();
  #isAnswered = false;

  constructor(options: PromptWatchOptions) {
    this.#options = options;
  }

  /** Aborted when the first prompt passes. */
  get first(): AbortSignal {
    return this.#first.signal;
  }

  /** Aborted when the next prompt passes. */
  get next(): AbortSignal {
    return this.#next.signal;
  }

  /** Resolves when the first answer has ended. */
  get firstAnswer(): Promise<void> {
    return this.#firstAnswer.promise;
  }

  /** To be called when a request goes to the agent. @returns null when nobody wants to know of its answer. */
  readonly watch = (method: string, path: string): Watch | null => {
    const kind = this.#options.driver.promptKind(method, path);
    if (kind === null) return null;
    this.asked();
    return this.#isAnswered ? null : this.#timesOf(kind);
  };

  /** A prompt goes to the agent. */
  asked(): void {
    this.#first.abort();
    this.#next.abort();
    this.#next = new AbortController();
  }

  /** An answer has ended. Of several prompts, the one that is answered first counts. */
  answered(answer: FirstAnswer): void {
    if (this.#isAnswered) return;
    this.#isAnswered = true;
    this.#firstAnswer.resolve();
    const { report, onAnswered } = this.#options;
    report.update({ firstAnswer: answer });
    if (answer.kind === "answered") onAnswered();
  }

  #timesOf(kind: PromptKind): Watch {
    const { clock } = this.#options;
    const askedMs = clock.nowMs();
    let headersMs: number | null = null;
    let firstByteMs: number | null = null;
    return {
      head: (status) => {
        if (status >= 200 && status <= 299) headersMs ??= clock.nowMs() - askedMs;
      },
      byte: () => {
        firstByteMs ??= clock.nowMs() - askedMs;
      },
      end: () => {
        // One that was refused or cut off says nothing.
        if (headersMs === null) return;
        this.answered({ kind, askedMs, headersMs, firstByteMs, endMs: clock.nowMs() - askedMs });
      },
    };
  }
}

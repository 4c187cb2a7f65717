import type { AdoptResult } from "../adopt.ts";
import type { BindingDocument } from "../binding.ts";
import type { RuntimeEvent } from "../event.ts";
import type { GitCredentialAnswer, GitCredentialRequest } from "../git-credential.ts";
import type { BootHistory } from "../history.ts";
import type { LogLine } from "../log.ts";
import type { FreezeAnswer, ThawAnswer } from "../pause.ts";
import type { ProcessState } from "../process.ts";
import type { RetryAnswer } from "../recovery.ts";
import type { BootReport } from "../report.ts";
import type { RuntimeState } from "../state.ts";
import type { Endpoint } from "./endpoint.ts";
import { readResuming } from "./resume.ts";
import { RuntimeUnreachable, readText, send, type WireRequest } from "./wire.ts";

export interface FollowOptions {
  readonly signal: AbortSignal;
  /** Also sends the events that led to the state, as far as the runtime still has them. */
  readonly replay?: boolean;
  /** Called with the whole state: first, and whenever events were missed. */
  readonly onState: (state: RuntimeState) => void | Promise<void>;
  /** The stream is open, for the first time or again. No event is missed from now on. */
  readonly onOpen?: () => void | Promise<void>;
  readonly onEvent: (event: RuntimeEvent) => void | Promise<void>;
  /** The connection was lost, and the stream continues where it ended. */
  readonly onResumed?: () => void;
  readonly onLost?: (reason: string) => void;
}

export interface FollowLogOptions {
  readonly signal: AbortSignal;
  /** How many of the last lines to begin with. Default: all that are kept. */
  readonly tail?: number;
  readonly onLine: (line: LogLine) => void | Promise<void>;
  /** Lines were lost, because they came faster than they were read. */
  readonly onGap?: (missed: number) => void | Promise<void>;
}

export interface RuntimeClientOptions {
  /** Milliseconds without data after which a connection counts as lost. Default: three heartbeats of the runtime. */
  readonly silenceMs?: number;
  /** Milliseconds for the answer to a question. Actions have longer limits: a process may need its time to end. */
  readonly answerMs?: number;
}

const ANSWER_MS = 30_000;
const ACTION_MS = 3_600_000;
/** An adopt runs the hooks, and these have limits. */
const ADOPT_MS = 24 * 3_600_000;

export type ProcessAction = "restart" | "stop" | "start";

/**
 * The status API (docs/status-api.md) of one runtime, over its socket or over TCP.
 * Every method throws `RuntimeUnreachable` when there is no answer, and `RequestFailed` for an error from the runtime.
 */
export class RuntimeClient {
  readonly endpoint: Endpoint;
  readonly #silenceMs: number | undefined;
  readonly #answerMs: number;

  constructor(endpoint: Endpoint, { silenceMs, answerMs = ANSWER_MS }: RuntimeClientOptions = {}) {
    this.endpoint = endpoint;
    this.#silenceMs = silenceMs;
    this.#answerMs = answerMs;
  }

  state(signal?: AbortSignal): Promise<RuntimeState> {
    return this.#json({ method: "GET", path: "/v1/state", signal });
  }

  /** @throws RequestFailed `no-report-yet` while the boot runs. */
  report(signal?: AbortSignal): Promise<BootReport> {
    return this.#json({ method: "GET", path: "/v1/report", signal });
  }

  /** The boots on record, oldest first. */
  history(signal?: AbortSignal): Promise<BootHistory> {
    return this.#json({ method: "GET", path: "/v1/history", signal });
  }

  /** Calls back with the state, then with every later event. Resolves when the runtime has ended or `signal` aborts. */
  async follow(options: FollowOptions): Promise<void> {
    const { signal, replay = false, onState, onOpen, onEvent, onResumed, onLost } = options;
    const whole = await this.state(signal);
    await onState(whole);
    let seq = replay ? 0 : whole.seq;
    await readResuming({
      endpoint: this.endpoint,
      path: "/v1/events",
      silenceMs: this.#silenceMs,
      lastId: String(seq),
      signal,
      onOpen,
      onLost,
      mayResume: async () => {
        // A restarted runtime numbers its events from the beginning; only its state shows that.
        const now = await this.state(signal);
        if (now.startedAt !== whole.startedAt || now.pid !== whole.pid || now.seq < seq)
          return false;
        onResumed?.();
        return true;
      },
      onMessage: async ({ event: kind, data }) => {
        if (kind === "state") {
          const state = JSON.parse(data) as RuntimeState;
          seq = state.seq;
          await onState(state);
        } else if (kind === "message") {
          const event = JSON.parse(data) as RuntimeEvent;
          seq = event.seq;
          await onEvent(event);
        }
      },
    });
  }

  /** The kept lines of a process's output, oldest first. */
  async log(processId: string, options: { readonly tail?: number } = {}): Promise<LogLine[]> {
    const path = logPath(processId, options);
    return (await this.#json<{ lines: LogLine[] }>({ method: "GET", path })).lines;
  }

  /** Calls back with the kept lines, then with each new one. Resolves when the runtime has ended or `signal` aborts. */
  async followLog(processId: string, options: FollowLogOptions): Promise<void> {
    const { signal, tail, onLine, onGap } = options;
    await readResuming({
      endpoint: this.endpoint,
      path: logPath(processId, { follow: true, ...(tail !== undefined && { tail }) }),
      lastId: "",
      silenceMs: this.#silenceMs,
      signal,
      onMessage: async ({ event: kind, data }) => {
        if (kind === "message") await onLine(JSON.parse(data) as LogLine);
        else if (kind === "gap") await onGap?.((JSON.parse(data) as { missed: number }).missed);
      },
    });
  }

  /** @returns The process's new state. It may not be ready yet. */
  act(processId: string, action: ProcessAction): Promise<ProcessState> {
    const path = `${processPath(processId)}/${action}`;
    return this.#json({ method: "POST", path }, ACTION_MS);
  }

  /** Gives a seed its repositories. Resolves when prompts are let in. */
  adopt(request: BindingDocument, signal?: AbortSignal): Promise<AdoptResult> {
    return this.#json({ method: "POST", path: "/v1/adopt", body: request, signal }, ADOPT_MS);
  }

  /**
   * Tries a boot again that has failed. Resolves when the retry has begun; events tell how it goes.
   *
   * @param from - Id of the phase to begin with. Default: the one that failed.
   */
  retry(from?: string): Promise<RetryAnswer> {
    const body = from === undefined ? {} : { from };
    return this.#json({ method: "POST", path: "/v1/retry", body });
  }

  /** Prepares the sandbox for a snapshot or a stop. @param waitSeconds - How long what runs may take to end. */
  freeze(waitSeconds?: number): Promise<FreezeAnswer> {
    const body = waitSeconds === undefined ? {} : { waitSeconds };
    return this.#json({ method: "POST", path: "/v1/freeze", body }, ACTION_MS);
  }

  /** Lets a sandbox go on after a pause. With a binding, resolves when prompts are let in. */
  thaw(binding?: BindingDocument): Promise<ThawAnswer> {
    const body = binding === undefined ? {} : { binding };
    return this.#json({ method: "POST", path: "/v1/thaw", body }, ADOPT_MS);
  }

  /** Asks as git asks its credential helper; by the socket only. */
  gitCredential(request: GitCredentialRequest): Promise<GitCredentialAnswer> {
    return this.#json({ method: "POST", path: "/v1/git/credential", body: request });
  }

  /** Requests a clean shutdown. Resolves when the request is accepted, before the runtime has ended. */
  async shutdown(reason?: string): Promise<{ readonly pid: number }> {
    const body = reason === undefined ? {} : { reason };
    return this.#json({ method: "POST", path: "/v1/shutdown", body });
  }

  async #json<T>(request: WireRequest, timeoutMs = this.#answerMs): Promise<T> {
    const { endpoint } = this;
    const limit = AbortSignal.timeout(timeoutMs);
    const signal = request.signal === undefined ? limit : AbortSignal.any([request.signal, limit]);
    try {
      const text = await readText(endpoint, await send(endpoint, { ...request, signal }));
      return text === "" ? (undefined as T) : (JSON.parse(text) as T);
    } catch (error) {
      if (!limit.aborted || request.signal?.aborted === true) throw error;
      throw new RuntimeUnreachable(endpoint, `no answer within ${timeoutMs / 1000} s`);
    }
  }
}

function processPath(processId: string): string {
  return `/v1/processes/${encodeURIComponent(processId)}`;
}

function logPath(
  processId: string,
  { tail, follow = false }: { readonly tail?: number; readonly follow?: boolean },
): string {
  const query = new URLSearchParams();
  if (tail !== undefined) query.set("tail", String(tail));
  if (follow) query.set("follow", "true");
  return `${processPath(processId)}/logs?${query}`;
}

import type { Supervisor } from "../../process/supervise/supervisor.ts";
import type {
  AdoptResult,
  BootHistory,
  BootReport,
  Failure,
  FreezeAnswer,
  GitCredentialAnswer,
  GitCredentialRequest,
  RetryAnswer,
  ThawAnswer,
} from "../../protocol/index.ts";
import type { EventBus } from "../events/bus.ts";

/** What the status API needs of a runtime. */
export interface RuntimeControl {
  /** The state, and events as they come. */
  readonly bus: Pick<EventBus, "state" | "since" | "subscribe">;
  readonly processes: Pick<Supervisor, "get" | "restart" | "stop" | "start">;
  /** The report of the last boot that ended; null while the first one runs. */
  report(): Promise<BootReport | null>;
  /** The boots on record, oldest first. */
  history(): Promise<BootHistory>;
  /**
   * Answers what a git asks its credential helper.
   *
   * @throws Failed `no-credential`.
   */
  gitCredential(request: GitCredentialRequest): Promise<GitCredentialAnswer>;
  /** Requests an orderly shutdown. A second call makes it hurry, as a second signal does. */
  shutdown(reason: string): void;
  /**
   * Tries a boot again that has failed. Resolves when the retry has begun.
   *
   * @param from - Id of the phase to begin with; null for the one that failed.
   * @throws Failed `bad-request`, `nothing-to-retry`, `retrying` or `stopping`.
   */
  retry(from: string | null): Promise<RetryAnswer>;
  /**
   * Prepares the sandbox for a snapshot or a stop.
   *
   * @param waitMs - How long what runs may take to end.
   * @throws Failed `cannot-freeze`.
   */
  freeze(waitMs: number): Promise<FreezeAnswer>;
  /**
   * Goes on after a pause.
   *
   * @param binding - For {@link adopt}, as soon as it goes on; undefined for none.
   * @throws Failed `not-a-seed` for a binding that there is no place for; what {@link adopt} throws.
   */
  thaw(binding: unknown): Promise<ThawAnswer>;
  /**
   * Binds repositories to a seed. Null when this runtime is no seed. Resolves with the body of the answer.
   *
   * @param request - The body of the request, not validated yet.
   * @throws RequestRefused with status 400 for a bad request, 409 when there is nothing to adopt now.
   */
  readonly adopt: ((request: unknown) => Promise<AdoptResult>) | null;
}

/** A failure whose answer has another status than the usual one of its code. */
export class RequestRefused extends Error {
  readonly status: number;
  readonly failure: Failure;

  constructor(status: number, failure: Failure) {
    super(failure.message);
    this.name = "RequestRefused";
    this.status = status;
    this.failure = failure;
  }
}

import type { Supervisor } from "../../process/supervise/supervisor.ts";
import type { BootReport, Failure } from "../../protocol/index.ts";
import type { EventBus } from "../events/bus.ts";

/** All that the status API can see of a runtime and do to it; put together in `boot/control.ts`. */
export interface RuntimeControl {
  /** State, and events as they come. */
  readonly bus: Pick<EventBus, "state" | "since" | "subscribe">;
  readonly processes: Pick<Supervisor, "get" | "restart" | "stop" | "start">;
  /** The report of the last boot that ended; null while the first one runs. */
  report(): Promise<BootReport | null>;
  /** Asks for the end in good order; a second time it hurries, as signals do. */
  shutdown(reason: string): void;
  /**
   * Binds a repository to a seed; resolves with the answer's body.
   *
   * @param request - The body as it came: not validated yet.
   * @throws RequestRefused with status 400 for a bad request, 409 when there is nothing to adopt now.
   */
  readonly adopt: ((request: unknown) => Promise<object>) | null;
}

/** A failure whose answer has another status than its code has by itself. */
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

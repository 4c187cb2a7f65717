import type { Clock } from "../../base/clock.ts";
import { ClockWatch, LOOK_MS } from "./clock-watch.ts";
import type { Pauses } from "./pauses.ts";

export interface PauseWatchOptions {
  readonly clock: Clock;
  /** Makes what deals with pauses. Called when the first one comes, because a boot does not need it. */
  readonly load: (clocks: ClockWatch) => Promise<Pauses>;
}

/** Looks at the clocks once a second. */
export class PauseWatch implements AsyncDisposable {
  readonly #load: PauseWatchOptions["load"];
  readonly #clocks: ClockWatch;
  readonly #timer: NodeJS.Timeout;
  #pauses: Promise<Pauses> | null = null;
  #telling: Promise<void> = Promise.resolve();

  constructor({ clock, load }: PauseWatchOptions) {
    this.#load = load;
    this.#clocks = new ClockWatch(clock);
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
    this.#timer.unref();
  }

  /** What deals with pauses. */
  pauses(): Promise<Pauses> {
    this.#pauses ??= this.#load(this.#clocks);
    return this.#pauses;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#telling;
  }

  #look(): void {
    const gap = this.#clocks.look();
    if (gap !== null) this.#telling = this.pauses().then((pauses) => pauses.noticed(gap));
  }
}

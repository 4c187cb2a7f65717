import type { Clock } from "../../base/clock.ts";
import type { EventBody, RuntimeEvent, RuntimeState } from "../../protocol/index.ts";
import { initialState, reduceState } from "../../protocol/reduce.ts";

export type EventListener = (event: RuntimeEvent, state: RuntimeState) => void;

export interface EventBusOptions {
  readonly clock: Clock;
  /** Removes secrets from every string of an event. */
  readonly redact: <T>(value: T) => T;
  /** How many past events are kept for late subscribers. */
  readonly capacity?: number;
}

/** How much output is among them, in characters: a hook may print lines of 64 KiB for hours. */
const MOST_OUTPUT_CHARS = 8_000_000;

/**
 * Distributes events. Gives each event a number and the times of both clocks, folds it into the state, and passes it to the
 * listeners in the order of their subscription. Synchronous: every listener has seen the event when `emit` returns.
 */
export class EventBus {
  readonly #options: EventBusOptions;
  readonly #listeners = new Set<EventListener>();
  readonly #recent: RuntimeEvent[] = [];
  #outputChars = 0;
  #state: RuntimeState = initialState;

  constructor(options: EventBusOptions) {
    this.#options = options;
  }

  get state(): RuntimeState {
    return this.#state;
  }

  emit(body: EventBody): RuntimeEvent {
    const { clock, redact, capacity = 10_000 } = this.#options;
    const event: RuntimeEvent = {
      ...redact(body),
      seq: this.#state.seq + 1,
      at: clock.isoNow(),
      ms: clock.nowMs(),
    };
    this.#state = reduceState(this.#state, event);
    this.#recent.push(event);
    this.#outputChars += outputCharsOf(event);
    while (this.#recent.length > capacity || this.#outputChars > MOST_OUTPUT_CHARS) {
      const oldest = this.#recent.shift();
      if (oldest !== undefined) this.#outputChars -= outputCharsOf(oldest);
    }
    for (const listener of this.#listeners) listener(event, this.#state);
    return event;
  }

  /** Calls `listener` for every event from now on. @returns the call that ends this. */
  subscribe(listener: EventListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * The first `count` events after `seq`, or null when some of them are no longer kept. The caller then starts over from the
   * state.
   */
  since(seq: number, count = Number.POSITIVE_INFINITY): readonly RuntimeEvent[] | null {
    const oldest = this.#recent[0]?.seq ?? this.#state.seq + 1;
    const from = seq + 1 - oldest;
    return from < 0 ? null : this.#recent.slice(from, from + count);
  }
}

function outputCharsOf(event: RuntimeEvent): number {
  return event.type === "phase.output" ? event.line.length : 0;
}

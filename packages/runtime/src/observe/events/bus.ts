import type { Clock } from "../../base/clock.ts";
import type { EventBody, RuntimeEvent, RuntimeState } from "../../protocol/index.ts";
import { initialState, reduceState } from "../../protocol/reduce.ts";

export type EventListener = (event: RuntimeEvent, state: RuntimeState) => void;

export interface EventBusOptions {
  readonly clock: Clock;
  /** Takes secrets out of every string of an event before anyone sees it. */
  readonly redact: <T>(value: T) => T;
  /** How many past events a late subscriber can still have. */
  readonly capacity?: number;
}

/**
 * Everything that happens, once, in order. It stamps each event with a number and both clocks, folds it into the state
 * and hands it to the listeners in the order in which they came. Synchronous: an event is seen by all before `emit` returns.
 */
export class EventBus {
  readonly #options: EventBusOptions;
  readonly #listeners = new Set<EventListener>();
  readonly #recent: RuntimeEvent[] = [];
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
    if (this.#recent.length > capacity) this.#recent.shift();
    for (const listener of this.#listeners) listener(event, this.#state);
    return event;
  }

  /** Calls `listener` for every event from now on; returns the call that ends it. */
  subscribe(listener: EventListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * The first `count` events after `seq`, or `null` when some of them are gone
   * (the caller then starts over from the state).
   */
  since(seq: number, count = Number.POSITIVE_INFINITY): readonly RuntimeEvent[] | null {
    const oldest = this.#recent[0]?.seq ?? this.#state.seq + 1;
    const from = seq + 1 - oldest;
    return from < 0 ? null : this.#recent.slice(from, from + count);
  }
}

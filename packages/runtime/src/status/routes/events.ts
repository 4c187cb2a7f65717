import { randomUUID } from "node:crypto";
import type { SseMessage, StreamSource } from "../event-stream.ts";
import type { Exchange } from "../exchange.ts";
import type { Route } from "../route.ts";

/**
 * Tells the ids of this process's events from those of a runtime that was here before it: numbers begin anew with every
 * process, and a browser that resumes after a restart would otherwise miss the beginning without a word.
 */
const EPOCH = randomUUID().slice(0, 8);

export const eventRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/v1/events",
    handle: (exchange) => {
      const { request, response, query, control, streams } = exchange;
      const lastId = request.headers["last-event-id"] ?? query.get("lastEventId") ?? "0";
      streams.open(response, new BusSource(control.bus, seqOf(String(lastId))));
    },
  },
];

/** @returns Null when it is not an id of ours: the reader then gets the state. */
function seqOf(lastId: string): number | null {
  const [, epoch, seq] = /^(?:([0-9a-f]{8})\.)?(\d{1,15})$/.exec(lastId) ?? [];
  return seq === undefined || (epoch !== undefined && epoch !== EPOCH) ? null : Number(seq);
}

class BusSource implements StreamSource {
  readonly #bus: Exchange["control"]["bus"];
  /** The last event that the reader has. */
  #seq: number | null;

  constructor(bus: Exchange["control"]["bus"], seq: number | null) {
    this.#bus = bus;
    this.#seq = seq;
  }

  next(count: number): readonly SseMessage[] {
    const { state } = this.#bus;
    const known = this.#seq !== null && this.#seq <= state.seq;
    const events = known ? this.#bus.since(this.#seq ?? 0, count) : null;
    if (events === null) {
      // Some of what it missed is gone: it starts over from the whole.
      this.#seq = state.seq;
      return [{ id: idOf(state.seq), event: "state", data: state }];
    }
    this.#seq = events.at(-1)?.seq ?? this.#seq;
    return events.map((event) => ({ id: idOf(event.seq), data: event }));
  }

  subscribe(wake: () => void): () => void {
    return this.#bus.subscribe(wake);
  }
}

function idOf(seq: number): string {
  return `${EPOCH}.${seq}`;
}

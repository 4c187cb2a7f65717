import type { SseMessage, StreamSource } from "../event-stream.ts";
import type { Exchange } from "../exchange.ts";
import type { MessageIds } from "../message-id.ts";
import type { Route } from "../route.ts";

export const eventRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/v1/events",
    handle: (exchange) => {
      const { request, response, query, control, streams } = exchange;
      const lastId = request.headers["last-event-id"] ?? query.get("lastEventId") ?? "0";
      streams.open(
        response,
        new BusSource(control.bus, streams.ids, streams.ids.seqOf(String(lastId))),
      );
    },
  },
];

class BusSource implements StreamSource {
  readonly #bus: Exchange["control"]["bus"];
  readonly #ids: MessageIds;
  /** The number of the last event that the reader has; null when its id is of another process. */
  #seq: number | null;

  constructor(bus: Exchange["control"]["bus"], ids: MessageIds, seq: number | null) {
    this.#bus = bus;
    this.#ids = ids;
    this.#seq = seq;
  }

  next(count: number): readonly SseMessage[] {
    const { state } = this.#bus;
    const known = this.#seq !== null && this.#seq <= state.seq;
    const events = known ? this.#bus.since(this.#seq ?? 0, count) : null;
    if (events === null) {
      // Events that the reader missed are no longer kept, so it starts over from the state.
      this.#seq = state.seq;
      return [{ id: this.#ids.idOf(state.seq), event: "state", data: state }];
    }
    this.#seq = events.at(-1)?.seq ?? this.#seq;
    return events.map((event) => ({ id: this.#ids.idOf(event.seq), data: event }));
  }

  subscribe(wake: () => void): () => void {
    return this.#bus.subscribe(wake);
  }
}

import type { ServerResponse } from "node:http";

/** What a stream reads from: something that grows at its end and forgets its beginning. */
export interface StreamSource {
  /** The next messages, at most `count`; none when the reader has everything. Called only when the socket takes more. */
  next(count: number): readonly SseMessage[];
  /** Calls back whenever there is more; returns the call that ends it. */
  subscribe(wake: () => void): () => void;
}

export interface SseMessage {
  readonly id: string;
  /** Absent for `message`. */
  readonly event?: string;
  readonly data: unknown;
}

export interface EventStreamsOptions {
  /** Milliseconds between comments that keep proxies from closing a quiet stream. */
  readonly heartbeatMs?: number;
  /** Milliseconds a reader may take nothing of what waits for it before it is cut off. */
  readonly stallMs?: number;
}

const MESSAGES_AT_ONCE = 64;

const HEADERS = {
  "content-type": "text/event-stream",
  "cache-control": "no-store",
  // A proxy that buffers would hold events back: https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering
  "x-accel-buffering": "no",
};

/**
 * The open `text/event-stream` answers of a server. Nothing is queued for a reader: each stream is a place in its source
 * and writes on only when the socket has taken what it was given, so a slow reader costs its socket's buffer and no more.
 * One that takes nothing at all is cut off; it can come again with its `Last-Event-ID`.
 */
export class EventStreams {
  readonly #options: Required<EventStreamsOptions>;
  readonly #open = new Set<EventStream>();

  constructor({ heartbeatMs = 15_000, stallMs = 30_000 }: EventStreamsOptions = {}) {
    this.#options = { heartbeatMs, stallMs };
  }

  /** Answers with a stream that lasts until the reader leaves or {@link end} is called. */
  open(response: ServerResponse, source: StreamSource): void {
    if (response.req.method === "HEAD") {
      // There is no body that could go on.
      response.writeHead(200, HEADERS).end();
      return;
    }
    const stream = new EventStream(response, source, this.#options);
    this.#open.add(stream);
    response.once("close", () => this.#open.delete(stream));
  }

  /** Gives every reader the rest and ends the streams. */
  end(): void {
    for (const stream of this.#open) stream.end();
  }
}

class EventStream {
  readonly #response: ServerResponse;
  readonly #source: StreamSource;
  readonly #stallMs: number;
  #stalled: NodeJS.Timeout | undefined;
  #ending = false;

  constructor(
    response: ServerResponse,
    source: StreamSource,
    { heartbeatMs, stallMs }: Required<EventStreamsOptions>,
  ) {
    this.#response = response;
    this.#source = source;
    this.#stallMs = stallMs;
    response.writeHead(200, HEADERS);
    response.flushHeaders();
    const leave = source.subscribe(() => this.#pump());
    const heartbeat = setInterval(() => {
      if (!response.writableNeedDrain) response.write(": heartbeat\n\n");
    }, heartbeatMs);
    response.on("drain", () => {
      clearTimeout(this.#stalled);
      this.#stalled = undefined;
      this.#pump();
    });
    response.once("close", () => {
      leave();
      clearInterval(heartbeat);
      clearTimeout(this.#stalled);
    });
    response.on("error", () => response.destroy());
    this.#pump();
  }

  end(): void {
    this.#ending = true;
    this.#pump();
  }

  #pump(): void {
    const response = this.#response;
    if (response.destroyed || response.writableEnded) return;
    while (!response.writableNeedDrain) {
      const messages = this.#source.next(MESSAGES_AT_ONCE);
      if (messages.length === 0) {
        if (this.#ending) response.end();
        return;
      }
      response.write(messages.map(encode).join(""));
    }
    this.#stalled ??= setTimeout(() => response.destroy(), this.#stallMs);
  }
}

function encode({ id, event, data }: SseMessage): string {
  // JSON has no newlines of its own, so one `data:` line is enough.
  const name = event === undefined ? "" : `event: ${event}\n`;
  return `id: ${id}\n${name}data: ${JSON.stringify(data)}\n\n`;
}

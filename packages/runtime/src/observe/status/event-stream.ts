import type { IncomingMessage, ServerResponse } from "node:http";
import { MessageIds } from "./message-id.ts";

/** The source of a stream: one reader's position in a log that grows at its end and drops its beginning. */
export interface StreamSource {
  /** The next messages, at most `count`; empty when there is no more yet. Called only when the socket can take more. */
  next(count: number): readonly SseMessage[];
  /** Calls `wake` whenever there is more. @returns the call that ends this. */
  subscribe(wake: () => void): () => void;
}

export interface SseMessage {
  readonly id: string;
  /** Default: `message`. */
  readonly event?: string;
  readonly data: unknown;
}

export interface EventStreamsOptions {
  /** Milliseconds between comments, which keep proxies from closing an idle stream. */
  readonly heartbeatMs?: number;
  /** Milliseconds after which a reader is disconnected that reads nothing of the data waiting for it. */
  readonly stallMs?: number;
}

const MESSAGES_AT_ONCE = 64;

const HEADERS = {
  "content-type": "text/event-stream",
  "cache-control": "no-store",
  // Tells proxies not to buffer: https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering
  "x-accel-buffering": "no",
};

/**
 * The open `text/event-stream` answers of a server. A stream keeps only its position in the source, and writes more when the
 * socket has taken the last data. So a slow reader costs no memory beyond its socket's buffer. A reader that takes nothing at
 * all is disconnected. It can reconnect with its `Last-Event-ID`.
 */
export class EventStreams {
  readonly #options: Required<EventStreamsOptions>;
  readonly #open = new Set<EventStream>();
  readonly ids = new MessageIds();

  constructor({ heartbeatMs = 15_000, stallMs = 30_000 }: EventStreamsOptions = {}) {
    this.#options = { heartbeatMs, stallMs };
  }

  /** Answers with a stream that lasts until the reader disconnects or {@link end} is called. */
  open(response: ServerResponse, source: StreamSource): void {
    if (response.req.method === "HEAD") {
      // The answer to HEAD has no body.
      response.writeHead(200, HEADERS).end();
      return;
    }
    const stream = new EventStream(response, source, this.#options);
    this.#open.add(stream);
    response.once("close", () => this.#open.delete(stream));
  }

  /** Cuts the streams: their readers connect again, and get the whole state. A clean end would mean that of the runtime. */
  startOver(): void {
    this.ids.startOver();
    for (const stream of this.#open) stream.cut();
  }

  /** Cuts the streams of readers who would not be admitted now. */
  askAgain(isAdmitted: (request: IncomingMessage) => boolean): void {
    for (const stream of this.#open) {
      if (!isAdmitted(stream.request)) stream.cut();
    }
  }

  /** Sends the rest to every reader and ends the streams. */
  end(): void {
    for (const stream of this.#open) stream.end();
  }
}

class EventStream {
  readonly request: IncomingMessage;
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
    this.request = response.req;
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

  cut(): void {
    this.#response.destroy();
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
  // JSON has no raw newlines, so one `data:` line is enough.
  const name = event === undefined ? "" : `event: ${event}\n`;
  return `id: ${id}\n${name}data: ${JSON.stringify(data)}\n\n`;
}

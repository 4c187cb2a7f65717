import { type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { createParser, type EventSourceMessage } from "eventsource-parser";
import { onTestFinished } from "vitest";

/** Where a server listens: a socket's path, or a port of loopback. */
export type Target = string | number;

export interface AskOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is. */
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The body, parsed. */
  json(): unknown;
}

/** One request, one whole answer. */
export async function ask(target: Target, path: string, options: AskOptions = {}): Promise<Answer> {
  const response = await open(target, path, options);
  const body = await text(response);
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body,
    json: () => JSON.parse(body),
  };
}

/** A request whose answer has begun. */
function open(
  target: Target,
  path: string,
  { method = "GET", headers = {}, body }: AskOptions = {},
): Promise<IncomingMessage> {
  const where =
    typeof target === "string" ? { socketPath: target } : { host: "127.0.0.1", port: target };
  return new Promise((resolve, reject) => {
    const outgoing = request({ ...where, path, method, headers, agent: false }, resolve);
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

/** A `text/event-stream` that is read by a parser which is not ours. */
export class SseReader {
  readonly messages: EventSourceMessage[] = [];
  readonly response: IncomingMessage;
  readonly #watchers = new Set<() => void>();
  ended = false;

  private constructor(response: IncomingMessage) {
    this.response = response;
    const parser = createParser({ onEvent: (message) => this.messages.push(message) });
    response.setEncoding("utf8");
    response.on("data", (chunk: string) => {
      parser.feed(chunk);
      this.#wake();
    });
    const end = () => {
      this.ended = true;
      this.#wake();
    };
    response.once("close", end).on("error", end);
  }

  static async open(target: Target, path: string, options: AskOptions = {}): Promise<SseReader> {
    const reader = new SseReader(await open(target, path, options));
    onTestFinished(() => reader.close());
    return reader;
  }

  /** Resolves when the messages so far, or those to come, fit. Fails when the stream ends without. */
  async until(fits: (messages: readonly EventSourceMessage[]) => boolean): Promise<void> {
    while (!fits(this.messages)) {
      if (this.ended) throw new Error(`the stream ended after ${this.messages.length} messages`);
      await this.#change();
    }
  }

  async closed(): Promise<void> {
    while (!this.ended) await this.#change();
  }

  close(): void {
    this.response.destroy();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      const watcher = () => {
        this.#watchers.delete(watcher);
        resolve();
      };
      this.#watchers.add(watcher);
    });
  }

  #wake(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }
}

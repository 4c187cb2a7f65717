import { type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { createParser, type EventSourceMessage } from "eventsource-parser";
import { onTestFinished } from "vitest";
import { Changes } from "./changes.ts";

/** Where a server listens: the path of a unix socket, or a port of 127.0.0.1. */
export type Target = string | number;

export interface AskOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent unchanged. */
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The body, parsed. */
  json(): unknown;
}

/** Sends one request and reads the whole answer. */
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

/** Sends one request. Resolves when the head of the answer has come. */
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

/** Reads a `text/event-stream` by a parser that is not ours. */
export class SseReader {
  readonly messages: EventSourceMessage[] = [];
  readonly response: IncomingMessage;
  readonly #changes = new Changes();
  ended = false;

  private constructor(response: IncomingMessage) {
    this.response = response;
    const parser = createParser({ onEvent: (message) => this.messages.push(message) });
    response.setEncoding("utf8");
    response.on("data", (chunk: string) => {
      parser.feed(chunk);
      this.#changes.notify();
    });
    const end = () => {
      this.ended = true;
      this.#changes.notify();
    };
    response.once("close", end).on("error", end);
  }

  static async open(target: Target, path: string, options: AskOptions = {}): Promise<SseReader> {
    const reader = new SseReader(await open(target, path, options));
    onTestFinished(() => reader.close());
    return reader;
  }

  /** Resolves when the messages received so far fit. Fails when the stream ends before that. */
  async until(fits: (messages: readonly EventSourceMessage[]) => boolean): Promise<void> {
    await this.#changes.until(() => this.ended || fits(this.messages));
    if (!fits(this.messages)) {
      throw new Error(`the stream ended after ${this.messages.length} messages`);
    }
  }

  closed(): Promise<void> {
    return this.#changes.until(() => this.ended);
  }

  close(): void {
    this.response.destroy();
  }
}

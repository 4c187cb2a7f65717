import { type IncomingMessage, request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { RuntimeEvent, RuntimeState } from "@sandboot/runtime/protocol";
import type { Place } from "./places.ts";
import type {
  FollowOptions,
  LogLine,
  LogOptions,
  ProcessAction,
  RuntimeClient,
} from "./runtime-client.ts";
import { type SseMessage, SseParser } from "./sse.ts";

/** How often a broken stream is tried again before the runtime counts as gone. */
const RESUME_DELAYS_MS = [100, 400, 1600];

/** The runtime's status API (DESIGN §7) over its socket or over TCP. */
export class HttpRuntimeClient implements RuntimeClient {
  readonly #place: Place;

  constructor(place: Place) {
    this.#place = place;
  }

  async follow(options: FollowOptions): Promise<void> {
    const { signal, onState, onEvent, onResumed, onLost } = options;
    const whole = await this.#state(signal);
    onState(whole);
    let seq = whole.seq;
    let failures = 0;
    let problem = "";
    while (!signal.aborted && failures <= RESUME_DELAYS_MS.length) {
      try {
        if (failures > 0) {
          // A runtime that was started again counts its events anew: only its state can tell.
          const now = await this.#state(signal);
          if (now.startedAt !== whole.startedAt || now.pid !== whole.pid || now.seq < seq) return;
          onResumed();
        }
        await this.#stream(`/v1/events`, { "last-event-id": String(seq) }, signal, (message) => {
          failures = 0;
          if (message.event === "state") {
            const state = JSON.parse(message.data) as RuntimeState;
            seq = state.seq;
            onState(state);
            return;
          }
          const event = JSON.parse(message.data) as RuntimeEvent;
          seq = event.seq;
          onEvent(event);
        });
        problem = "the stream of events ended";
      } catch (error) {
        problem = error instanceof Error ? error.message : String(error);
      }
      if (signal.aborted) return;
      onLost(problem);
      const delayMs = RESUME_DELAYS_MS[failures++];
      if (delayMs !== undefined) await delay(delayMs, undefined, { signal });
    }
    throw new Error(problem);
  }

  async followLog(processId: string, { signal, onLine }: LogOptions): Promise<void> {
    const path = `/v1/processes/${encodeURIComponent(processId)}/logs?follow=true`;
    await this.#stream(path, {}, signal, ({ data }) => onLine(JSON.parse(data) as LogLine));
  }

  async act(processId: string, action: ProcessAction): Promise<void> {
    const path = `/v1/processes/${encodeURIComponent(processId)}/${action}`;
    await text(await this.#request("POST", path));
  }

  async #state(signal: AbortSignal): Promise<RuntimeState> {
    return JSON.parse(await text(await this.#request("GET", "/v1/state", {}, signal)));
  }

  async #stream(
    path: string,
    headers: Record<string, string>,
    signal: AbortSignal,
    onMessage: (message: SseMessage) => void,
  ): Promise<void> {
    const accept = { accept: "text/event-stream", ...headers };
    const response = await this.#request("GET", path, accept, signal);
    if (response.statusCode !== 200) throw new Error(await refusal(response));
    const parser = new SseParser(onMessage);
    response.setEncoding("utf8");
    for await (const chunk of response) parser.push(chunk);
  }

  #request(
    method: string,
    path: string,
    headers: Record<string, string> = {},
    signal?: AbortSignal,
  ): Promise<IncomingMessage> {
    const place = this.#place;
    const target =
      place.id === "socket"
        ? { socketPath: place.socketPath, host: "localhost" }
        : { host: new URL(place.url).hostname, port: new URL(place.url).port };
    const authorization =
      place.id === "url" && place.token !== null ? { authorization: `Bearer ${place.token}` } : {};
    return new Promise((resolve, reject) => {
      const outgoing = request({
        ...target,
        method,
        path,
        headers: { ...headers, ...authorization },
        ...(signal === undefined ? {} : { signal }),
      });
      outgoing.once("response", resolve).once("error", (error) => reject(readable(error)));
      outgoing.end();
    });
  }
}

async function text(response: IncomingMessage): Promise<string> {
  if ((response.statusCode ?? 500) >= 300) throw new Error(await refusal(response));
  return body(response);
}

async function body(response: IncomingMessage): Promise<string> {
  response.setEncoding("utf8");
  let whole = "";
  for await (const chunk of response) whole += chunk;
  return whole;
}

async function refusal(response: IncomingMessage): Promise<string> {
  const answer = await body(response);
  try {
    const { message, error } = JSON.parse(answer) as {
      message?: string;
      error?: { message?: string };
    };
    const told = message ?? error?.message;
    if (told !== undefined) return told;
  } catch {
    // Not JSON: the status says it.
  }
  return `the runtime answered ${response.statusCode}`;
}

function readable(error: Error): Error {
  switch ((error as NodeJS.ErrnoException).code) {
    case "ENOENT":
      return new Error("no such socket");
    case "ECONNREFUSED":
      return new Error("nobody listens there any more");
    case "EACCES":
      return new Error("not allowed to open the socket");
    default:
      return error;
  }
}

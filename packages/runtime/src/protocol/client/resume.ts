import { setTimeout as delay } from "node:timers/promises";
import type { Endpoint } from "./endpoint.ts";
import { type SseMessage, SseParser } from "./sse.ts";
import { RuntimeUnreachable, send } from "./wire.ts";

/** Waits between attempts to reconnect. After the last one the runtime counts as gone. */
const RESUME_DELAYS_MS = [100, 400, 1600];

/** A runtime sends a heartbeat every 15 s (docs/status-api.md). After three missed ones a connection counts as lost. */
const SILENCE_MS = 45_000;

export interface ResumingStream {
  readonly endpoint: Endpoint;
  readonly path: string;
  /** The id of the last known message; empty for none. */
  readonly lastId: string;
  readonly signal: AbortSignal;
  /** Milliseconds without data after which the connection counts as lost. */
  readonly silenceMs?: number | undefined;
  /** Awaited before more is read, so that a slow reader slows the connection and does not fill its memory. */
  readonly onMessage: (message: SseMessage) => void | Promise<void>;
  /** Called each time that the stream is open. No message is missed from then on. What it throws ends the stream. */
  readonly onOpen?: (() => void | Promise<void>) | undefined;
  readonly onLost?: ((reason: string) => void) | undefined;
  /** Called before each reconnect; false ends the stream. */
  readonly mayResume?: () => Promise<boolean>;
}

/**
 * Reads a stream of events and reconnects when the connection is lost. Each message comes once.
 *
 * Resolves when the runtime has ended the stream cleanly, when `mayResume` returns false, or when `signal` aborts. No
 * message comes after that.
 *
 * @throws RuntimeUnreachable when all attempts to reconnect failed; RequestFailed.
 */
export async function readResuming(stream: ResumingStream): Promise<void> {
  const { signal, onMessage, onLost, mayResume = async () => true } = stream;
  let { lastId } = stream;
  let failures = 0;
  while (!signal.aborted) {
    try {
      if (failures > 0 && !(await mayResume())) return;
      await readOnce({ ...stream, lastId }, async (message) => {
        failures = 0;
        lastId = message.id;
        await onMessage(message);
      });
      return;
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof RuntimeUnreachable)) throw error;
      onLost?.(error.message);
      const delayMs = RESUME_DELAYS_MS[failures++];
      if (delayMs === undefined) throw error;
      await delay(delayMs, undefined, { signal }).catch(() => {});
    }
  }
}

async function readOnce(
  { endpoint, path, lastId, signal, onOpen, silenceMs = SILENCE_MS }: ResumingStream,
  onMessage: (message: SseMessage) => Promise<void>,
): Promise<void> {
  const headers = {
    accept: "text/event-stream",
    ...(lastId !== "" && { "last-event-id": lastId }),
  };
  const response = await send(endpoint, { method: "GET", path, headers, signal });
  const parser = new SseParser();
  response.setEncoding("utf8");
  response.setTimeout(silenceMs, () => response.destroy(new Error("no data from the runtime")));
  const chunks = (response as AsyncIterable<string>)[Symbol.asyncIterator]();
  try {
    await onOpen?.();
    for (;;) {
      const chunk = await chunks.next().catch((error: Error) => {
        throw new RuntimeUnreachable(endpoint, error.message, { cause: error });
      });
      if (chunk.done) return;
      for (const message of parser.push(chunk.value)) {
        await onMessage(message);
        if (signal.aborted) return;
      }
    }
  } finally {
    response.destroy();
  }
}

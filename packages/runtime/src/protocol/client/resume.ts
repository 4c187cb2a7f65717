import { setTimeout as delay } from "node:timers/promises";
import type { Endpoint } from "./endpoint.ts";
import { type SseMessage, SseParser } from "./sse.ts";
import { RuntimeUnreachable, send } from "./wire.ts";

/** How often a broken stream is tried again before the runtime counts as gone. */
const RESUME_DELAYS_MS = [100, 400, 1600];

/** A living runtime says something every 15 s (docs/status-api.md); three times that is silence. */
const SILENCE_MS = 45_000;

export interface ResumingStream {
  readonly endpoint: Endpoint;
  readonly path: string;
  /** Where to begin; empty for the beginning. */
  readonly lastId: string;
  readonly signal: AbortSignal;
  /** Milliseconds without a byte after which the connection counts as broken. */
  readonly silenceMs?: number | undefined;
  /** Awaited before more is read: a slow reader slows the connection down and not its own memory. */
  readonly onMessage: (message: SseMessage) => void | Promise<void>;
  /** Called each time that it is open: from here on nothing is missed. */
  readonly onOpen?: (() => void | Promise<void>) | undefined;
  readonly onLost?: ((reason: string) => void) | undefined;
  /** Called before a broken stream is opened again; false ends it there. */
  readonly mayResume?: () => Promise<boolean>;
}

/**
 * Reads a stream of events over broken connections, each message once.
 *
 * Resolves when the runtime has ended the stream in good order, when `mayResume` says no, or when `signal` aborts; no
 * message comes after that, though more may have been read.
 *
 * @throws RuntimeUnreachable when it cannot be had any more; RequestFailed.
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
  await onOpen?.();
  const parser = new SseParser();
  response.setEncoding("utf8");
  response.setTimeout(silenceMs, () => response.destroy(new Error("the runtime has gone silent")));
  const chunks = (response as AsyncIterable<string>)[Symbol.asyncIterator]();
  try {
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

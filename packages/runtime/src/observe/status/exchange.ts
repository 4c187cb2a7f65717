import type { IncomingMessage, ServerResponse } from "node:http";
import { RequestRefused, type RuntimeControl } from "./control.ts";
import type { EventStreams } from "./event-stream.ts";

/** Bodies are a few words; more is a mistake or an attack. */
const MAX_BODY_BYTES = 64 * 1024;

/** One request, and all that a route needs to answer it. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The path's `:name` segments. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly control: RuntimeControl;
  readonly streams: EventStreams;
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
    "cache-control": "no-store",
  });
  response.end(text);
}

export function sendRefusal(response: ServerResponse, { status, failure }: RequestRefused): void {
  sendJson(response, status, { error: failure });
}

/**
 * The body as JSON; an empty one is `{}`.
 *
 * @throws RequestRefused 413 when it is too long, 400 when it is no JSON object.
 */
export async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) {
      const message = `the body is longer than ${MAX_BODY_BYTES} bytes`;
      throw new RequestRefused(413, { code: "too-long", message });
    }
    chunks.push(chunk);
  }
  if (bytes === 0) return {};
  let body: unknown;
  try {
    body = JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch (error) {
    const message = `the body is not JSON: ${(error as Error).message}`;
    throw new RequestRefused(400, { code: "bad-request", message });
  }
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    const message = "the body is not a JSON object";
    throw new RequestRefused(400, { code: "bad-request", message });
  }
  return body as Record<string, unknown>;
}

/**
 * A number in the query or a header, e.g. `?tail=100`.
 *
 * @throws RequestRefused 400 that names it and what was found.
 */
export function readCount(name: string, value: string | null): number | null {
  if (value === null) return null;
  const count = Number(value);
  if (value !== "" && Number.isSafeInteger(count) && count >= 0) return count;
  const message = `${name}: expected a whole number from 0, found ${JSON.stringify(value.slice(0, 40))}`;
  throw new RequestRefused(400, { code: "bad-request", message });
}

/** `?follow`, `?follow=true`, `?follow=1`. */
export function readFlag(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  if (value === null || value === "false" || value === "0") return false;
  if (value === "" || value === "true" || value === "1") return true;
  const message = `${name}: expected true or false, found ${JSON.stringify(value.slice(0, 40))}`;
  throw new RequestRefused(400, { code: "bad-request", message });
}

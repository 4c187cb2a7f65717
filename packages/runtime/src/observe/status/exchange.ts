import type { IncomingMessage, ServerResponse } from "node:http";
import { Failed, failureOf, toWire } from "../../base/failed.ts";
import { httpStatusOf } from "../../base/http-status.ts";
import { isObject } from "../../base/is-object.ts";
import { jsonIn } from "../../base/json-in.ts";
import { readBody } from "../../base/request-body.ts";
import { RequestRefused, type RuntimeControl } from "./control.ts";
import type { Durations } from "./durations.ts";
import type { EventStreams } from "./event-stream.ts";

/** Valid bodies are much smaller, except for a binding. */
const MAX_BODY_BYTES = 64 * 1024;

/** One request, and everything that a route needs to answer it. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The values of the path's `:name` segments. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly control: RuntimeControl;
  readonly streams: EventStreams;
  readonly durations: Durations;
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.statusCode = status;
  response.setHeader("content-type", "application/json");
  response.setHeader("cache-control", "no-store");
  response.end(`${JSON.stringify(body)}\n`);
}

export function sendFailure(response: ServerResponse, error: unknown): void {
  if (error instanceof RequestRefused) {
    sendJson(response, error.status, { error: error.failure });
    return;
  }
  const value = failureOf(error);
  const { outputTail, ...failure } = toWire(value);
  // A stack is nothing that a client can use.
  const tail = value.code === "internal-error" ? undefined : outputTail;
  sendJson(response, httpStatusOf(value.code), { error: { ...failure, outputTail: tail } });
}

/**
 * Reads the body as JSON. An empty body is `{}`.
 *
 * @throws Failed `too-long`, or `bad-request` when it is not a JSON object.
 */
export async function readJson(
  request: IncomingMessage,
  maxBytes = MAX_BODY_BYTES,
): Promise<Record<string, unknown>> {
  const text = await readBody(request, maxBytes);
  if (text === null) throw new Failed({ code: "too-long", maxBytes });
  if (text === "") return {};
  let body: unknown;
  try {
    body = jsonIn(text);
  } catch (error) {
    // Without the excerpt of the body that some messages have: a binding is made of secrets.
    const message = (error as Error).message.replace(/, (?:\.\.\.)?".*$/s, "");
    throw new Failed({ code: "bad-request", problem: "not-json", error: message });
  }
  if (!isObject(body)) throw new Failed({ code: "bad-request", problem: "not-an-object" });
  return body;
}

/**
 * Reads a number in the query or a header, e.g. `?tail=100`.
 *
 * @throws Failed `bad-request` that names the parameter and its value.
 */
export function readCount(name: string, value: string | null): number | null {
  if (value === null) return null;
  const count = Number(value);
  if (value !== "" && Number.isSafeInteger(count) && count >= 0) return count;
  throw badField(name, "a whole number from 0", value);
}

/** Reads a flag in the query: `?follow`, `?follow=true`, `?follow=1`. */
export function readFlag(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  if (value === null || value === "false" || value === "0") return false;
  if (value === "" || value === "true" || value === "1") return true;
  throw badField(name, "true or false", value);
}

function badField(field: string, expected: string, value: string): Failed {
  const found = JSON.stringify(value.slice(0, 40));
  return new Failed({ code: "bad-request", problem: "field", field, expected, found });
}

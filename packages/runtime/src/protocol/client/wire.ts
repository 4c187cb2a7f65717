import type { IncomingMessage, RequestOptions, request } from "node:http";
import type { Failure } from "../phase.ts";
import type { Endpoint } from "./endpoint.ts";

/** Nothing answers at the endpoint, or the connection was lost. */
export class RuntimeUnreachable extends Error {
  readonly endpoint: Endpoint;

  constructor(endpoint: Endpoint, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "RuntimeUnreachable";
    this.endpoint = endpoint;
  }
}

/** The runtime answered with an error. */
export class RequestFailed extends Error {
  readonly status: number;
  readonly failure: Failure;

  constructor(status: number, failure: Failure) {
    super(failure.message);
    this.name = "RequestFailed";
    this.status = status;
    this.failure = failure;
  }
}

export interface WireRequest {
  readonly method: "GET" | "POST";
  /** Path and query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: object;
  readonly signal?: AbortSignal | undefined;
}

/** More than a state or a report has. */
const MOST_BYTES = 64 * 1024 * 1024;

/** An error has a message and some lines of output. */
const MOST_ERROR_BYTES = 2 * 1024 * 1024;
const MOST_MESSAGE_CHARS = 2_000;

/**
 * Sends one request; resolves when the response begins.
 *
 * @throws RuntimeUnreachable; RequestFailed for a status of 300 and more; the signal's AbortError.
 */
export async function send(endpoint: Endpoint, request: WireRequest): Promise<IncomingMessage> {
  const response = await open(endpoint, request);
  const { statusCode = 500 } = response;
  if (statusCode < 300) return response;
  const { text } = await readStart(endpoint, response, MOST_ERROR_BYTES);
  throw new RequestFailed(statusCode, failureOf(statusCode, text));
}

/** @throws RuntimeUnreachable when the response is cut off, or does not end. */
export async function readText(endpoint: Endpoint, response: IncomingMessage): Promise<string> {
  const { text, isWhole } = await readStart(endpoint, response, MOST_BYTES);
  if (isWhole) return text;
  throw new RuntimeUnreachable(endpoint, `the answer is longer than ${MOST_BYTES} bytes`);
}

/** Reads so many bytes of a response. Ends the connection when there are more. */
async function readStart(
  endpoint: Endpoint,
  response: IncomingMessage,
  maxBytes: number,
): Promise<{ readonly text: string; readonly isWhole: boolean }> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.length;
      // Leaving the loop destroys the response.
      if (bytes > maxBytes) break;
    }
  } catch (error) {
    throw new RuntimeUnreachable(endpoint, (error as Error).message, { cause: error });
  }
  const text = Buffer.concat(chunks).toString("utf8", 0, Math.min(bytes, maxBytes));
  return { text, isWhole: bytes <= maxBytes };
}

function open(endpoint: Endpoint, options: WireRequest): Promise<IncomingMessage> {
  const { method, headers, body, signal } = options;
  const payload = body === undefined ? undefined : JSON.stringify(body);
  const { make, target } = targetOf(endpoint, options.path);
  return new Promise((resolve, reject) => {
    const outgoing = make({
      ...target,
      method,
      agent: false,
      headers: {
        ...headers,
        ...(payload !== undefined && {
          "content-type": "application/json",
          "content-length": Buffer.byteLength(payload),
        }),
        ...(endpoint.id === "url" &&
          endpoint.token !== null && { authorization: `Bearer ${endpoint.token}` }),
      },
      ...(signal !== undefined && { signal }),
    });
    outgoing.once("response", resolve);
    outgoing.once("error", (error) => {
      if (signal?.aborted) reject(error);
      else reject(new RuntimeUnreachable(endpoint, problemOf(error), { cause: error }));
    });
    outgoing.end(payload);
  });
}

function targetOf(
  endpoint: Endpoint,
  path: string,
): { readonly make: typeof request; readonly target: RequestOptions } {
  if (endpoint.id === "socket") {
    return {
      make: requestBy("http:"),
      target: { socketPath: endpoint.socketPath, host: "localhost", path },
    };
  }
  // Behind a proxy the URL may have a path.
  const { protocol, hostname, port, pathname } = new URL(endpoint.url);
  return {
    make: requestBy(protocol),
    target: {
      // A URL has an IPv6 address in brackets, `request` takes it without.
      host: hostname.replace(/^\[(.*)\]$/, "$1"),
      port,
      path: pathname.replace(/\/$/, "") + path,
    },
  };
}

/**
 * Does not use `import`, which evaluates every getter of a built-in module: one of `node:http` loads undici, 50 ms of CPU.
 * https://nodejs.org/api/process.html#processgetbuiltinmoduleid (Node ≥ 20.16, so VS Code 1.100 has it)
 */
function requestBy(protocol: string): typeof request {
  return protocol === "https:"
    ? process.getBuiltinModule("node:https").request
    : process.getBuiltinModule("node:http").request;
}

function failureOf(status: number, body: string): Failure {
  try {
    const { error } = JSON.parse(body) as { error?: Partial<Failure> };
    const { code = "", message } = error ?? {};
    if (typeof message === "string") {
      return { ...error, code, message: message.slice(0, MOST_MESSAGE_CHARS) };
    }
  } catch {
    // Not JSON: a proxy has answered.
  }
  return { code: "unexpected-answer", message: `the runtime answered ${status}` };
}

function problemOf(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case "ENOENT":
      return "no such socket";
    case "ECONNREFUSED":
      return "nothing is listening there";
    case "EACCES":
      return "not allowed to open the socket";
    default:
      return error.message;
  }
}

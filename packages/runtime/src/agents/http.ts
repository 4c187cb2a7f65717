import { Failed } from "../base/failed.ts";
import { request } from "../base/node-http.ts";
import { processTimers } from "../base/timers.ts";

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

/** More than a session or a configuration has. */
const MOST_BYTES = 16 * 1024 * 1024;

/** For an answer that nobody reads, such as all models of all providers. */
const MOST_DROPPED_BYTES = 256 * 1024 * 1024;
const LONGEST_DROPPED_MS = 300_000;

/**
 * One request with a JSON body. `node:http` and not `fetch`: the first `fetch` of a process loads undici,
 * some 30 ms of CPU that the agent's own start would wait for.
 *
 * @param options.timeoutMs - For the whole answer.
 * @throws Failed `agent-session` when the connection breaks, or the answer is late or too long; the signal's reason when it
 *   aborts.
 */
export async function requestJson(options: {
  readonly method: string;
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly timeoutMs: number;
  readonly maxBytes?: number;
  readonly signal: AbortSignal;
}): Promise<HttpAnswer> {
  const { method, url, headers, timeoutMs, maxBytes = MOST_BYTES, signal } = options;
  const payload = options.body === undefined ? undefined : JSON.stringify(options.body);
  const about = { code: "agent-session", method, url: url.href } as const;
  const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
  const fail = (error: Error) => {
    if (signal.aborted || error instanceof Failed) reject(error);
    else reject(new Failed({ ...about, problem: "no-answer", error: error.message }));
  };
  const outgoing = request(
    url,
    {
      method,
      headers: {
        ...headers,
        ...(payload !== undefined && {
          "content-type": "application/json",
          "content-length": Buffer.byteLength(payload),
        }),
      },
      signal,
      agent: false,
    },
    (incoming) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      incoming.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > maxBytes) {
          outgoing.destroy(new Failed({ ...about, problem: "too-long", maxBytes }));
        } else chunks.push(chunk);
      });
      incoming.on("end", () =>
        resolve({
          status: incoming.statusCode ?? 0,
          body: Buffer.concat(chunks).toString("utf8"),
        }),
      );
      incoming.on("error", fail);
    },
  );
  outgoing.on("error", fail);
  outgoing.end(payload);
  const cancel = processTimers.after(timeoutMs, () => {
    outgoing.destroy(new Failed({ ...about, problem: "late", timeoutMs }));
  });
  try {
    return await promise;
  } finally {
    cancel();
  }
}

/**
 * A GET whose answer is read to its end and dropped, within wide limits of size and time.
 *
 * @throws Error when the connection fails before the answer has ended.
 */
export function readAndDrop(options: {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}): Promise<void> {
  const { url, headers } = options;
  const limit = AbortSignal.timeout(LONGEST_DROPPED_MS);
  const signal = options.signal === undefined ? limit : AbortSignal.any([options.signal, limit]);
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { headers, agent: false, signal }, (incoming) => {
      let bytes = 0;
      incoming.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > MOST_DROPPED_BYTES) outgoing.destroy(new Error("the answer does not end"));
      });
      incoming.once("end", resolve);
      incoming.on("error", reject);
    });
    outgoing.on("error", reject);
    outgoing.end();
  });
}

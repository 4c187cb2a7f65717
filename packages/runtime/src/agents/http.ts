import { Failed } from "../base/failed.ts";
import { request } from "../base/node-http.ts";

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

/**
 * One request with a JSON body. `node:http` and not `fetch`: the first `fetch` of a process loads undici,
 * some 30 ms of CPU that the agent's own start would wait for.
 *
 * @throws Failed `agent-session` when the connection breaks; the signal's reason when it aborts.
 */
export async function requestJson(options: {
  readonly method: string;
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly signal: AbortSignal;
}): Promise<HttpAnswer> {
  const payload = options.body === undefined ? undefined : JSON.stringify(options.body);
  return new Promise((resolve, reject) => {
    const { method, url, signal } = options;
    const fail = (error: Error) => {
      if (signal.aborted) reject(error);
      else {
        const parts = { method, url: url.href, error: error.message };
        reject(new Failed({ code: "agent-session", problem: "no-answer", ...parts }));
      }
    };
    const outgoing = request(
      options.url,
      {
        method: options.method,
        headers: {
          ...options.headers,
          ...(payload !== undefined && {
            "content-type": "application/json",
            "content-length": Buffer.byteLength(payload),
          }),
        },
        signal: options.signal,
        agent: false,
      },
      (incoming) => {
        incoming.setEncoding("utf8");
        let body = "";
        incoming.on("data", (chunk: string) => {
          body += chunk;
        });
        incoming.on("end", () => resolve({ status: incoming.statusCode ?? 0, body }));
        incoming.on("error", fail);
      },
    );
    outgoing.on("error", fail);
    outgoing.end(payload);
  });
}

/**
 * A GET whose answer is read to its end and dropped, however long it is.
 *
 * @throws Error when the connection fails before the answer has ended.
 */
export function readAndDrop(options: {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}): Promise<void> {
  const { url, headers, signal } = options;
  return new Promise((resolve, reject) => {
    const settings = { headers, agent: false, ...(signal !== undefined && { signal }) } as const;
    const outgoing = request(url, settings, (incoming) => {
      incoming.once("end", resolve);
      incoming.once("error", reject);
      incoming.resume();
    });
    outgoing.on("error", reject);
    outgoing.end();
  });
}

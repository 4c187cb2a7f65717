import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { ModelRequest } from "./formats/format.ts";
import { formats } from "./formats/index.ts";

/** A request as it came. */
export interface RecordedRequest extends ModelRequest {
  /** Of `performance.now()` in the process of the server, when the whole request had come. */
  readonly atMs: number;
}

/** A server on loopback that answers as a provider's API does, without a model. */
export interface ModelServer extends AsyncDisposable {
  /** Such as `http://127.0.0.1:1234`. */
  readonly url: string;
  /** All requests so far, in the order of their coming. */
  readonly requests: readonly RecordedRequest[];
}

export const ANSWER = ["The", " answer", " of", " the", " stand-in", "."];

/**
 * Starts a stand-in for models: it streams the same words to everyone, and remembers who asked for what and when.
 *
 * @param options - `words`: the answer, one piece a chunk. `before`: runs before each answer, which waits for it.
 */
export async function startModelServer(
  options: {
    readonly words?: readonly string[];
    readonly before?: (request: RecordedRequest) => Promise<void> | void;
  } = {},
): Promise<ModelServer> {
  const { words = ANSWER, before } = options;
  const requests: RecordedRequest[] = [];

  const onRequest = async (incoming: IncomingMessage, response: ServerResponse) => {
    const request = await read(incoming);
    requests.push(request);
    await before?.(request);
    const format = formats.find((one) => one.accepts(request));
    if (format === undefined) {
      response.writeHead(404).end(`no format accepts ${request.method} ${request.path}`);
    } else format.answer(request, words, response);
  };

  const server = createServer((incoming, response) => {
    onRequest(incoming, response).catch((error: Error) => response.destroy(error));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function read(incoming: IncomingMessage): Promise<RecordedRequest> {
  const { method = "GET", url = "/", headers } = incoming;
  const body = await text(incoming);
  return {
    method,
    path: new URL(url, "http://localhost").pathname,
    headers,
    body: body === "" ? null : JSON.parse(body),
    atMs: performance.now(),
  };
}

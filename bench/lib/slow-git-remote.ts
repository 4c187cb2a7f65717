import { spawn } from "node:child_process";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";

export interface SlowGitRemote extends AsyncDisposable {
  /** Base URL; a repository's path below the root follows it. */
  readonly url: string;
  /** Requests answered so far. */
  requestCount(): number;
}

/**
 * Serves the repositories below `root` over smart HTTP, by git's own CGI program, each request `delayMs` late: a forge
 * on the other side of an ocean.
 * https://git-scm.com/docs/git-http-backend
 */
export async function slowGitRemote(options: {
  readonly root: string;
  readonly delayMs: number;
}): Promise<SlowGitRemote> {
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    answer(request, response, options).catch((error: Error) => response.destroy(error));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port was given");
  return {
    url: `http://127.0.0.1:${address.port}`,
    requestCount: () => requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { root, delayMs }: { readonly root: string; readonly delayMs: number },
): Promise<void> {
  await delay(delayMs);
  const url = new URL(request.url ?? "/", "http://localhost");
  const backend = spawn("git", ["http-backend"], {
    env: {
      PATH: process.env["PATH"],
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: "1",
      GIT_CONFIG_GLOBAL: "/dev/null",
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers["content-type"] ?? "",
      HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
      HTTP_GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
    },
    stdio: ["pipe", "pipe", "inherit"],
  });
  request.pipe(backend.stdin);
  // A backend that has read enough closes its end; what it answers says the rest.
  backend.stdin.on("error", () => {});
  const output: Buffer[] = [];
  for await (const chunk of backend.stdout) output.push(chunk);
  const whole = Buffer.concat(output);
  const headEnd = whole.indexOf("\r\n\r\n");
  if (headEnd < 0) throw new Error("git http-backend answered nothing");
  for (const line of whole.subarray(0, headEnd).toString().split("\r\n")) {
    const [name = "", value = ""] = line.split(/:\s*/, 2);
    if (name.toLowerCase() === "status") response.statusCode = Number.parseInt(value, 10);
    else response.setHeader(name, value);
  }
  response.end(whole.subarray(headEnd + 4));
}

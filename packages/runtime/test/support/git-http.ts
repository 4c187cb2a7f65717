import { spawn } from "node:child_process";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { LfsStore } from "../fixtures/lfs-store.ts";
import { bareEnv } from "./bare-env.ts";
import type { Certificate } from "./certificate.ts";
import { serve } from "./serve.ts";

export interface GitServer {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** The `Authorization` headers of all requests, in order; null for a request without one. */
  readonly authorizations: readonly (string | null)[];
}

interface GitServerOptions {
  readonly lfs?: LfsStore;
  /** Where repositories have moved, by their former paths. */
  readonly moved?: Readonly<Record<string, string>>;
  /** Then it speaks https. */
  readonly tls?: Certificate;
}

/**
 * git's own HTTP server (`git http-backend`) behind a password, with the git-lfs API that a forge has.
 *
 * @param userinfo - What it takes, or a call that says so for a path.
 */
export async function startGitServer(
  root: string,
  userinfo: string | ((path: string) => string),
  { lfs, tls, moved = {} }: GitServerOptions = {},
): Promise<GitServer> {
  const authorizations: (string | null)[] = [];
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const { authorization = null } = request.headers;
    authorizations.push(authorization);
    const { url = "/" } = request;
    const from = Object.keys(moved).find((path) => url.startsWith(`${path}/`));
    if (from !== undefined) {
      const location = `${moved[from]}${url.slice(from.length)}`;
      response.writeHead(302, { location }).end();
      return;
    }
    const taken = typeof userinfo === "string" ? userinfo : userinfo(request.url ?? "/");
    if (authorization === `Basic ${Buffer.from(taken).toString("base64")}`) {
      if (lfs?.answer(request, response) !== true) runBackend(root, request, response);
    } else response.writeHead(401, { "www-authenticate": 'Basic realm="git"' }).end();
  };
  const server = tls === undefined ? createServer(answer) : createTlsServer({ ...tls }, answer);
  const scheme = tls === undefined ? "http" : "https";
  return { origin: `${scheme}://127.0.0.1:${await serve(server)}`, authorizations };
}

/** CGI (RFC 3875), as far as git needs it. */
function runBackend(root: string, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, search } = new URL(request.url ?? "/", "http://localhost");
  const backend = spawn("git", ["http-backend"], {
    env: {
      ...bareEnv(),
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: "1",
      GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
      PATH_INFO: pathname,
      QUERY_STRING: search.slice(1),
      REQUEST_METHOD: request.method ?? "GET",
      CONTENT_TYPE: request.headers["content-type"] ?? "",
      HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
      REMOTE_USER: "test",
      REMOTE_ADDR: "127.0.0.1",
    },
    stdio: ["pipe", "pipe", "inherit"],
  });
  request.pipe(backend.stdin);
  backend.stdin.on("error", () => {});
  let head: Buffer | null = Buffer.alloc(0);
  backend.stdout.on("data", (chunk: Buffer) => {
    if (head === null) {
      response.write(chunk);
      return;
    }
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf("\r\n\r\n");
    if (end < 0) return;
    for (const line of head.subarray(0, end).toString("latin1").split("\r\n")) {
      const [name = "", ...value] = line.split(": ");
      if (name === "Status") response.statusCode = Number.parseInt(value.join(": "), 10);
      else response.setHeader(name, value.join(": "));
    }
    response.write(head.subarray(end + 4));
    head = null;
  });
  backend.stdout.on("end", () => response.end());
}

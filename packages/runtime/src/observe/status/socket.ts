import { chmodSync, lstatSync, unlinkSync } from "node:fs";
import type { Server } from "node:http";
import { Failed } from "../../base/failed.ts";
import { request } from "../../base/node-http.ts";

/** More than a state has. */
const MOST_ANSWER_CHARS = 16 * 1024 * 1024;

/** How long a runtime that holds our socket may take to answer with its pid. */
const ANSWER_MS = 2_000;

/**
 * Listens on a unix socket that only its owner may open. Replaces the file of a runtime that was killed.
 *
 * @throws Failed `socket-taken` when a living runtime answers there, or when the path is not a socket.
 */
export async function listenOnSocket(server: Server, path: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await listen(server, path);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE" || tries === 2) throw error;
    }
    await removeStale(path);
  }
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => {
      server.off("error", reject);
      resolve();
    });
    // `listen` has bound the socket already. Connecting needs write permission, and the usual umasks deny it to others, so
    // nobody else could connect in the meantime.
    if (server.listening) chmodSync(path, 0o600);
  });
}

async function removeStale(path: string): Promise<void> {
  const before = lstatSync(path, { throwIfNoEntry: false });
  if (before === undefined) return;
  if (!before.isSocket()) throw new Failed({ code: "socket-taken", path, problem: "not-a-socket" });
  const holder = await askHolder(path);
  if (holder.id === "alive") {
    const { pid } = holder;
    throw new Failed({ code: "socket-taken", path, problem: "other-runtime", pid });
  }
  // Another runtime may have replaced the file in the meantime. Only the socket that did not answer is removed.
  if (lstatSync(path, { throwIfNoEntry: false })?.ino === before.ino) unlinkSync(path);
}

/** Finds out whether a runtime listens on a socket. If its process was killed, the kernel refuses the connection at once. */
function askHolder(
  path: string,
): Promise<{ readonly id: "dead" } | { readonly id: "alive"; readonly pid: number | null }> {
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(ANSWER_MS);
    const outgoing = request({ socketPath: path, path: "/v1/state", signal, agent: false });
    outgoing.once("error", (error: NodeJS.ErrnoException) => {
      const dead = error.code === "ECONNREFUSED" || error.code === "ENOENT";
      resolve(dead ? { id: "dead" } : { id: "alive", pid: null });
    });
    outgoing.once("response", (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        body += chunk;
        if (body.length <= MOST_ANSWER_CHARS) return;
        resolve({ id: "alive", pid: null });
        outgoing.destroy();
      });
      response.once("error", () => resolve({ id: "alive", pid: null }));
      response.once("end", () => resolve({ id: "alive", pid: pidOf(body) }));
    });
    outgoing.end();
  });
}

function pidOf(body: string): number | null {
  try {
    const { pid } = JSON.parse(body) as { pid?: unknown };
    return typeof pid === "number" && pid > 0 ? pid : null;
  } catch {
    return null;
  }
}

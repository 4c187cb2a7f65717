import { createHash } from "node:crypto";
import { realpathSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { basename, dirname, join, resolve } from "node:path";
import { sayLimit } from "./descriptors.ts";
import { makeFolder } from "./tree/make-folder.ts";

export interface FolderLock extends AsyncDisposable {
  /** Whether somebody else had it first. */
  readonly waited: boolean;
}

/**
 * One writer at a time for one folder (an install's target, a build's stage), in whatever process it runs.
 *
 * The lock is an abstract unix socket named after the folder: the kernel gives a name to one socket at a time and takes
 * it back the moment its process ends, however it ends. So there is no stale lock, nothing to steal and no file left
 * behind; who waits is connected to the holder and is woken by the end of that connection. It is per network namespace:
 * two containers that share a volume do not see each other (give each its own state folder).
 *
 * @see unix(7), "Abstract sockets"
 * @throws the signal's reason when it aborts while waiting.
 */
export async function lockFolder(folder: string, signal: AbortSignal): Promise<FolderLock> {
  const path = resolve(folder);
  makeFolder(dirname(path));
  // The folder itself may be swapped while it is locked; the one above it stays.
  const real = join(realpathSync.native(dirname(path)), basename(path));
  const name = `\0sandboot-stage-${createHash("sha256").update(real).digest("hex").slice(0, 40)}`;
  for (let waited = false; ; waited = true) {
    signal.throwIfAborted();
    const server = await bind(name).catch((error: NodeJS.ErrnoException) => {
      throw cannotLock(real, error);
    });
    if (server !== null) return held(server, waited);
    // It may have aborted while we tried, and says so only once.
    signal.throwIfAborted();
    await endOfHolder(name, signal);
  }
}

function held(server: Server, waited: boolean): FolderLock {
  const waiting = new Set<Socket>();
  server.on("connection", (socket) => {
    waiting.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => waiting.delete(socket));
  });
  // A lock does not keep a process alive.
  server.unref();
  return {
    waited,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of waiting) socket.destroy();
      await closed;
    },
  };
}

/** The server that holds the name, or null when somebody else does. */
function bind(name: string): Promise<Server | null> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") resolve(null);
      else reject(error);
    });
    server.listen({ path: name }, () => resolve(server));
  });
}

/** Without the socket's name, which says nothing to anybody. */
function cannotLock(folder: string, { code, syscall }: NodeJS.ErrnoException): unknown {
  const error = new Error(`${code}: '${folder}' cannot be locked`);
  return sayLimit(Object.assign(error, { code, syscall, path: folder }));
}

/** Resolves when the holder has let go, or was never there. */
function endOfHolder(name: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ path: name });
    const done = () => {
      signal.removeEventListener("abort", done);
      socket.destroy();
      resolve();
    };
    signal.addEventListener("abort", done, { once: true });
    socket.once("close", done);
    // Refused: it ended between our try and this one.
    socket.once("error", done);
  });
}

import { createHash } from "node:crypto";
import { realpathSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { basename, dirname, join, resolve } from "node:path";
import { sayLimit } from "./descriptors.ts";
import { makeFolder } from "./tree/make-folder.ts";

export interface FolderLock extends AsyncDisposable {
  /** Whether another process held it first. */
  readonly waited: boolean;
}

/**
 * Locks a folder (the target of an install, the stage of a build), so that one process at a time writes to it.
 *
 * The lock is an abstract unix socket with a name made from the folder. The kernel gives a name to one socket at a time, and
 * frees it the moment its process ends in any way. So there are no stale locks and no lock files. A waiting process connects
 * to the holder, and the end of this connection wakes it. The lock works within one network namespace: two containers that
 * share a volume do not see each other's locks, so give each its own state folder.
 *
 * @see unix(7), "Abstract sockets"
 * @throws the signal's reason when it is aborted during the wait.
 */
export async function lockFolder(folder: string, signal: AbortSignal): Promise<FolderLock> {
  const path = resolve(folder);
  makeFolder(dirname(path));
  // Resolves the parent and not the folder itself, which may be replaced while it is locked.
  const real = join(realpathSync.native(dirname(path)), basename(path));
  const name = `\0sandboot-stage-${createHash("sha256").update(real).digest("hex").slice(0, 40)}`;
  for (let waited = false; ; waited = true) {
    signal.throwIfAborted();
    const server = await bind(name).catch((error: NodeJS.ErrnoException) => {
      throw cannotLock(real, error);
    });
    if (server !== null) return held(server, waited);
    // The signal may have been aborted during `bind`, and its event comes only once.
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

/** @returns the server that now holds the name, or null when another process holds it. */
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

/** The error without the name of the socket, which would mean nothing to a reader. */
function cannotLock(folder: string, { code, syscall }: NodeJS.ErrnoException): unknown {
  const error = new Error(`${code}: '${folder}' cannot be locked`);
  return sayLimit(Object.assign(error, { code, syscall, path: folder }));
}

/** Resolves when the holder has released the lock, or when there is none. */
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
    // The connection is refused when the holder has ended in the meantime.
    socket.once("error", done);
  });
}

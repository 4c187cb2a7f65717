import { createServer } from "node:net";
import { Failed, systemFailure } from "../base/failed.ts";
import { findPortHolder } from "./holder.ts";

/**
 * Makes sure that a port is free before a program is started on it. Otherwise we would talk to the program that holds it.
 *
 * @param key - The config key that gives the port, for the message.
 * @throws Failed `port-in-use` that names the port and the process that holds it.
 */
export async function assertPortFree(port: number, key: string): Promise<void> {
  const error = await tryPort(port);
  if (error !== null) throw await listenFailure(error, port, key);
}

/** Listens on a port of loopback for a moment. @returns the system's error when it cannot */
export async function tryPort(port: number): Promise<NodeJS.ErrnoException | null> {
  const server = createServer();
  const error = await new Promise<NodeJS.ErrnoException | null>((resolve) => {
    server.once("error", resolve);
    server.listen(port, "127.0.0.1", () => resolve(null));
  });
  if (error === null) await new Promise((resolve) => server.close(resolve));
  return error;
}

/**
 * What an error of `listen` on a port of ours means.
 *
 * @param key - The config key that gives the port.
 * @returns Failed `port-in-use` that names the holder, or `system-error`; any other error as it is.
 */
export async function listenFailure(error: unknown, port: number, key: string): Promise<unknown> {
  if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE")
    return systemFailure(error, `port ${port}`);
  return new Failed({ code: "port-in-use", port, key, holder: await findPortHolder(port) });
}

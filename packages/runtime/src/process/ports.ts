import { createServer } from "node:net";
import { PhaseFailure } from "../base/failure.ts";
import { findPortHolder } from "./holder.ts";

/**
 * Makes sure that a port is free before a program is started on it. Otherwise we would talk to the program that holds it.
 *
 * @param key - The config key that gives the port, for the message.
 * @throws PhaseFailure `port-in-use` that names the port and the process that holds it.
 */
export async function assertPortFree(port: number, key: string): Promise<void> {
  const server = createServer();
  const error = await new Promise<NodeJS.ErrnoException | null>((resolve) => {
    server.once("error", resolve);
    server.listen(port, "127.0.0.1", () => resolve(null));
  });
  if (error === null) {
    await new Promise((resolve) => server.close(resolve));
    return;
  }
  if (error.code !== "EADDRINUSE") throw error;
  throw await portInUse(port, key);
}

/** The failure that names the process that holds a port. */
export async function portInUse(port: number, key: string): Promise<PhaseFailure> {
  const holder = await findPortHolder(port);
  const by =
    holder === null ? "a process that cannot be seen" : `${holder.command} (pid ${holder.pid})`;
  return new PhaseFailure({
    code: "port-in-use",
    message: `port ${port} (${key}) is in use by ${by}`,
    hint: `end that process, or set ${key} to another port`,
    detail: { port, key, holder: holder === null ? null : { ...holder } },
  });
}

import { createServer } from "node:net";
import { PhaseFailure } from "../base/failure.ts";
import { findPortHolder } from "./holder.ts";

/**
 * Fails when somebody listens on a port of ours already: to start into that would talk to the wrong program.
 *
 * @param key - The config key that gave the port, for the message.
 * @throws PhaseFailure `port-in-use` that names the port and who holds it.
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

/** The failure that says who holds a port. */
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

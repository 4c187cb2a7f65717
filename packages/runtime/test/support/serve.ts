import { Server as HttpServer } from "node:http";
import type { Server } from "node:net";
import { onTestFinished } from "vitest";

/**
 * Makes a server listen until the end of the test.
 *
 * @param where - A port of 127.0.0.1, 0 for any free one, or the path of a unix socket.
 * @returns The port; 0 for a unix socket.
 */
export async function serve(server: Server, where: number | string = 0): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    if (typeof where === "string") server.listen(where, resolve);
    else server.listen(where, "127.0.0.1", resolve);
  });
  onTestFinished(() => {
    if (server instanceof HttpServer) server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

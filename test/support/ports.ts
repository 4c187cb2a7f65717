import { createServer, type Server } from "node:net";

/**
 * Below the range from which the kernel takes ports for connections (32768 by default): one of those may be somebody's
 * connection, or the remains of one, by the time that it is bound.
 */
const [FIRST, LAST] = [20_000, 32_000];

/** What keeps a port ours, for as long as this process lives, whatever becomes of it. */
const claims: Server[] = [];

/**
 * A port of loopback that nobody listens on, and that no other test on this machine is given. Between this call and the
 * moment when the program under test binds it nobody holds it, so it is claimed by name: an abstract socket, which the
 * kernel gives to one process at a time and takes back when that process ends (unix(7)).
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST));
    const claim = await listen({ path: `\0sandboot-test-port-${port}` });
    if (claim === null) continue;
    const probe = await listen({ port, host: "127.0.0.1" });
    if (probe === null) {
      claim.close();
      continue;
    }
    await new Promise((resolve) => probe.close(resolve));
    claims.push(claim.unref());
    return port;
  }
}

/** @returns null when somebody else listens there. */
function listen(where: { path: string } | { port: number; host: string }): Promise<Server | null> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") resolve(null);
      else reject(error);
    });
    server.listen(where, () => resolve(server));
  });
}

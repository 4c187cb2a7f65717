import { createServer, type Server } from "node:net";

/**
 * Below the range from which the kernel takes ports for outgoing connections (32768 by default). A port in that range may be
 * taken by a connection before the test binds it.
 */
const [FIRST, LAST] = [20_000, 32_000];

/** The claims on ports, which last as long as this process. */
const claims: Server[] = [];

/**
 * A free port of 127.0.0.1 that no other test on this machine gets. Until the program under test binds it, nothing holds the
 * port itself. So this claims it by an abstract socket with the port in its name: the kernel gives a name to one process at a
 * time, and frees it when that process ends (unix(7)).
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

/** @returns null when another process listens there. */
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

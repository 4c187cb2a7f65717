import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";

/** A port of the loopback interface on which nobody listens now. Whoever takes it before the agent does makes it start again. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

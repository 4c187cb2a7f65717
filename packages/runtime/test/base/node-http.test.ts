import { once } from "node:events";
import { connect } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { createServer } from "../../src/base/node-http.ts";
import { ask } from "../support/http.ts";
import { serve } from "../support/serve.ts";

it("has so many connections at once, and serves the next one when one of them has left", async () => {
  const most = 4;
  const server = createServer((_, outgoing) => outgoing.end("ok"), {}, most);
  const port = await serve(server);
  const idle = await Promise.all(
    Array.from({ length: most }, async () => {
      const socket = connect(port, "127.0.0.1");
      onTestFinished(() => void socket.destroy());
      await once(socket, "connect");
      return socket;
    }),
  );
  await expect(ask(port, "/")).rejects.toThrow(/ECONNRESET|socket hang up/);
  const [leaves] = idle;
  const left = new Promise<void>((resolve) => {
    const look = () =>
      server.getConnections((_, count) => (count < most ? resolve() : setImmediate(look)));
    look();
  });
  leaves?.destroy();
  await left;
  expect((await ask(port, "/")).status).toBe(200);
});

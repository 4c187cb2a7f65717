import { connect, createServer, type Server, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** Forwards connections to a unix socket, until the test cuts them. */
export class BreakableLine {
  readonly path: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** How many connections there have been. */
  count = 0;

  private constructor(path: string, server: Server) {
    this.path = path;
    this.#server = server;
  }

  static async to(target: string, path: string): Promise<BreakableLine> {
    const server = createServer();
    const line = new BreakableLine(path, server);
    server.on("connection", (near) => {
      line.count += 1;
      const far = connect(target);
      for (const socket of [near, far]) {
        line.#sockets.add(socket);
        socket.on("error", () => {}).once("close", () => line.#sockets.delete(socket));
      }
      near.pipe(far).pipe(near);
      near.once("close", () => far.destroy());
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    onTestFinished(() => line.close());
    return line;
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.#server.close();
    this.cut();
  }
}

import type { Socket } from "node:net";

/**
 * The connections of one server. When there are more than places, the oldest one that has nothing to lose gives way to the
 * newest: a stranger who opens hundreds of connections and asks for nothing keeps nobody out.
 */
export class Places {
  readonly #most: number;
  /** Whether each has nothing to lose: no request, or one that is answered. The oldest first. */
  readonly #isIdle = new Map<Socket, () => boolean>();

  /** @param most - Each takes a descriptor, whoever opened it; without any, the runtime could start no process and write no file. */
  constructor(most: number) {
    this.#most = most;
  }

  /** A connection has come. */
  take(socket: Socket): void {
    this.#isIdle.set(socket, () => true);
    socket.once("close", () => this.#isIdle.delete(socket));
    if (this.#isIdle.size <= this.#most) return;
    const [idle] = [...this.#isIdle].find(([other, isIdle]) => other !== socket && isIdle()) ?? [];
    this.#end(idle ?? socket);
  }

  /** A request has come on it. */
  serve(socket: Socket, isAnswered: () => boolean): void {
    if (this.#isIdle.has(socket)) this.#isIdle.set(socket, isAnswered);
  }

  /** Whether an answer is on its way, into which nothing else may be written. */
  isServing(socket: Socket): boolean {
    return this.#isIdle.get(socket)?.() === false;
  }

  #end(socket: Socket): void {
    // `close` comes a moment later.
    this.#isIdle.delete(socket);
    socket.destroy();
  }
}

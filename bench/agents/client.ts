import { setTimeout as delay } from "node:timers/promises";

const NOBODY_LISTENS_PAUSE_MS = 10;

/** One client of `/acp` over WebSocket. */
export class DoorClient implements Disposable {
  readonly #socket: WebSocket;
  readonly #pending = new Map<number, (message: { result?: unknown; error?: unknown }) => void>();
  #lastId = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => {
      const message = JSON.parse(String(data));
      if (message.method === undefined) this.#pending.get(message.id)?.(message);
    });
  }

  /** Tries again and again while nobody listens, then waits as long as the bridge lets it. */
  static async atTheDoor(bridgeUrl: string, signal: AbortSignal): Promise<DoorClient> {
    for (;;) {
      signal.throwIfAborted();
      const socket = new WebSocket(new URL("/acp", bridgeUrl.replace("http", "ws")));
      const { promise, resolve } = Promise.withResolvers<boolean>();
      socket.addEventListener("open", () => resolve(true));
      socket.addEventListener("error", () => resolve(false));
      if (await promise) return new DoorClient(socket);
      await delay(NOBODY_LISTENS_PAUSE_MS, undefined, { signal });
    }
  }

  /** @throws Error with the agent's own, when it refuses. */
  async request<Result>(method: string, params: object): Promise<Result> {
    this.#lastId += 1;
    const id = this.#lastId;
    const { promise, resolve } = Promise.withResolvers<{ result?: unknown; error?: unknown }>();
    this.#pending.set(id, resolve);
    this.#socket.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
    const { result, error } = await promise;
    if (error !== undefined) throw new Error(`${method}: ${JSON.stringify(error)}`);
    return result as Result;
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}

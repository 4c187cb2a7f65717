import {
  type AnyMessage,
  type AnyNotification,
  type AnyRequest,
  type AnyResponse,
  type ErrorResponse,
  type JsonRpcId,
  RequestError,
  type Stream,
} from "@agentclientprotocol/sdk";
import { sort } from "./messages.ts";

export interface AgentListener {
  request(message: AnyRequest): void;
  notification(message: AnyNotification): void;
}

/** The one connection to the agent. Gives requests ids of its own, because those of two clients may be the same. */
export class AgentLink {
  readonly #writer: WritableStreamDefaultWriter<AnyMessage>;
  readonly #pending = new Map<number, (response: AnyResponse) => void>();
  #lastId = 0;
  #end: ErrorResponse | null = null;

  constructor(stream: Stream) {
    this.#writer = stream.writable.getWriter();
  }

  /**
   * Reads the agent's messages until it closes its output.
   *
   * @throws the stream's error when a message is longer than the limit.
   */
  async read(stream: Stream, listener: AgentListener): Promise<void> {
    for await (const message of stream.readable) {
      const sorted = sort(message);
      switch (sorted.is) {
        case "request":
          listener.request(sorted.message);
          break;
        case "notification":
          listener.notification(sorted.message);
          break;
        case "response":
          this.#answered(sorted.message);
          break;
        default:
          sorted satisfies never;
      }
    }
  }

  /** Sends a request. `answer` is called once: with the agent's response, or with an error when it has ended. @returns its id */
  ask(method: string, params: unknown, answer: (response: AnyResponse) => void): number {
    this.#lastId += 1;
    const id = this.#lastId;
    if (this.#end !== null) answer({ jsonrpc: "2.0", id, error: this.#end });
    else {
      this.#pending.set(id, answer);
      this.#send({ jsonrpc: "2.0", id, method, params });
    }
    return id;
  }

  /** @throws RequestError as the agent answered. */
  async request<Result>(method: string, params: unknown): Promise<Result> {
    const response = await new Promise<AnyResponse>((resolve) => {
      this.ask(method, params, resolve);
    });
    if ("result" in response) return response.result as Result;
    const { code, message, data } = response.error;
    throw new RequestError(code, message, data);
  }

  notify(method: string, params: unknown): void {
    this.#send({ jsonrpc: "2.0", method, params });
  }

  /** Answers a request of the agent. */
  respond(id: JsonRpcId, { jsonrpc: _, id: __, ...result }: AnyResponse): void {
    this.#send({ jsonrpc: "2.0", id, ...result } as AnyResponse);
  }

  /** The agent has ended: answers what it has not, and all that is asked from now on, with this error. */
  end(error: ErrorResponse): void {
    this.#end = error;
    for (const id of [...this.#pending.keys()]) this.#answered({ jsonrpc: "2.0", id, error });
  }

  #answered(response: AnyResponse): void {
    const answer = this.#pending.get(response.id as number);
    this.#pending.delete(response.id as number);
    answer?.(response);
  }

  #send(message: AnyMessage): void {
    // When the agent has ended, that is reported by its end.
    this.#writer.write(message).catch(() => {});
  }
}

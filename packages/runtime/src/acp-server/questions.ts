import type { AnyRequest, AnyResponse } from "@agentclientprotocol/sdk";
import { RequestError } from "@agentclientprotocol/sdk";
import type { AgentLink } from "./agent-link.ts";
import type { Client } from "./client.ts";
import { MOST_OPEN_QUESTIONS } from "./limits.ts";
import { keyOf, sessionOf } from "./messages.ts";

interface Question {
  readonly message: AnyRequest;
  /** Null while no client has it. */
  client: Client | null;
}

/**
 * What the agent asks, such as permission for a tool. The client that used the session last is asked. When it leaves before
 * it answers, the question waits for whoever opens the session next.
 */
export class Questions {
  readonly #agent: Pick<AgentLink, "respond">;
  readonly #open = new Map<string, Question>();

  constructor(agent: Pick<AgentLink, "respond">) {
    this.#agent = agent;
  }

  ask(message: AnyRequest, client: Client | undefined): void {
    if (this.#open.size >= MOST_OPEN_QUESTIONS) {
      const error = RequestError.internalError(undefined, "too many requests wait for an answer");
      this.#agent.respond(message.id, {
        jsonrpc: "2.0",
        id: message.id,
        error: error.toErrorResponse(),
      });
      return;
    }
    this.#open.set(keyOf(message.id), { message, client: client ?? null });
    client?.send(message);
  }

  /** An answer of a client. One that was not asked is not heard. */
  answer(response: AnyResponse, client: Client): void {
    const key = keyOf(response.id);
    const question = this.#open.get(key);
    if (question?.client !== client) return;
    this.#open.delete(key);
    this.#agent.respond(question.message.id, response);
  }

  /** Asks this client what waits in this session. */
  offer(session: string, client: Client): void {
    for (const question of this.#open.values()) {
      if (question.client !== null || sessionOf(question.message) !== session) continue;
      question.client = client;
      client.send(question.message);
    }
  }

  /** The client has left. */
  takeBack(left: Client, next: (session: string) => Client | undefined): void {
    for (const question of this.#open.values()) {
      if (question.client !== left) continue;
      const session = sessionOf(question.message);
      question.client = (session === null ? undefined : next(session)) ?? null;
      question.client?.send(question.message);
    }
  }
}

import type { AnyMessage } from "@agentclientprotocol/sdk";
import type { Client } from "./client.ts";
import { MOST_EARLY_MESSAGES } from "./limits.ts";

interface Session {
  /** Those that have it open; the last one to use it is the last one here. */
  readonly clients: Set<Client>;
  /** What the agent said of it before any client had it; null from then on. */
  early: AnyMessage[] | null;
}

/** Which clients have which session open. */
export class Sessions {
  readonly #all = new Map<string, Session>();

  /** The client uses this session. The first one gets what the agent has said of it. */
  attach(id: string, client: Client): void {
    const session = this.#get(id);
    session.clients.delete(client);
    session.clients.add(client);
    const { early } = session;
    session.early = null;
    for (const message of early ?? []) client.send(message);
  }

  /** All that have it open hear it. */
  tell(id: string, message: AnyMessage): void {
    const session = this.#get(id);
    if (session.early !== null && session.early.length < MOST_EARLY_MESSAGES) {
      session.early.push(message);
    }
    for (const client of session.clients) client.send(message);
  }

  /** Who used it last, of those that are here. */
  lastOf(id: string): Client | undefined {
    return [...(this.#all.get(id)?.clients ?? [])].at(-1);
  }

  detach(client: Client): void {
    for (const { clients } of this.#all.values()) clients.delete(client);
  }

  forget(id: string): void {
    this.#all.delete(id);
  }

  #get(id: string): Session {
    const known = this.#all.get(id);
    if (known !== undefined) return known;
    const session: Session = { clients: new Set(), early: [] };
    this.#all.set(id, session);
    return session;
  }
}

import type { NewSessionRequest, NewSessionResponse } from "@agentclientprotocol/sdk";
import { isObject } from "../base/is-object.ts";

/**
 * A session that was made before anybody asked for one: what costs an agent seconds is done when the first client comes. It is
 * given away once, to a client that asks for a session like it.
 */
export class PreparedSession {
  #made: {
    readonly request: NewSessionRequest;
    readonly response: NewSessionResponse;
  } | null = null;

  keep(request: NewSessionRequest, response: NewSessionResponse): void {
    this.#made = { request, response };
  }

  /** @returns null when there is none, or it is not what was asked for. */
  take(asked: unknown): NewSessionResponse | null {
    const made = this.#made;
    if (made === null || !isSame(made.request, asked)) return null;
    this.#made = null;
    return made.response;
  }
}

function isSame(one: unknown, other: unknown): boolean {
  return canonical(one) === canonical(other);
}

/** As text, with the keys of each object in order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) =>
    isObject(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}

import type { IncomingMessage } from "node:http";

/** `/agents/<id>` and what comes after it. */
const PATH = /^\/agents(?:\/(?<id>[^/?]*)(?<rest>.*)|(?=\?).*)?$/s;

/**
 * The agent that a request's path names, when there are several; null when it names none. Takes the name out of `url`, as for
 * an application that is mounted there: the agent's server knows nothing of it.
 */
export function takeAgentId(incoming: IncomingMessage): string | null {
  const groups = PATH.exec(incoming.url ?? "/")?.groups;
  if (groups === undefined) return null;
  const { id = "", rest = "" } = groups;
  incoming.url = rest.startsWith("/") ? rest : `/${rest}`;
  return id;
}

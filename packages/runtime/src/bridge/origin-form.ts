import type { IncomingMessage } from "node:http";

const ABSOLUTE = /^https?:\/\/(?<host>[^/?#]*)(?<rest>[^#]*)/i;

/**
 * Gives a request for `http://host/path`, as clients send it to a proxy, the form of a request for `/path`. The host that it
 * names takes the place of the header's.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2
 */
export function toOriginForm(incoming: IncomingMessage): void {
  const groups = ABSOLUTE.exec(incoming.url ?? "")?.groups;
  if (groups === undefined) return;
  const { host = "", rest = "" } = groups;
  incoming.headers.host = host;
  incoming.url = rest.startsWith("/") ? rest : `/${rest}`;
}

import type { AuthenticationNeed } from "./failure.ts";

/** How an agent gets the authentication that it asks for. */
export function authenticationHint({ methods, keys }: AuthenticationNeed): string {
  const ids = methods.map(({ id }) => id).join(", ");
  const byClient = ids === "" ? "" : `; or a client authenticates over the bridge by ${ids}`;
  const variables = keys.length === 0 ? "its key" : keys.join(" or ");
  return `set ${variables} in the environment, in agent.env or in agent.auth${byClient}`;
}

/** An agent's own words, to go on after them. */
export function withoutStop(message: string): string {
  return message.replace(/\.$/, "");
}

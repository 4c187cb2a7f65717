import type { AuthChoice } from "./contract.ts";
import { MOST_AUTH_CHOICES, MOST_REPORTED_CHARACTERS } from "./limits.ts";
import { textIn } from "./messages.ts";

/** What an agent says may be of any length and, in an agent that is out of order, of any type. The runtime reports the start of it. */
export function reportable(text: string): string {
  return text.slice(0, MOST_REPORTED_CHARACTERS);
}

/** The text of this name in an object, as the runtime reports it; null when there is none. */
export function reportableIn(value: unknown, name: string): string | null {
  const text = textIn(value, name);
  return text === null ? null : reportable(text);
}

/** The ways to authenticate that an agent offers, as far as they have an id. */
export function reportableChoices(methods: unknown): AuthChoice[] {
  if (!Array.isArray(methods)) return [];
  return methods.slice(0, MOST_AUTH_CHOICES).flatMap((method: unknown) => {
    const id = reportableIn(method, "id");
    return id === null ? [] : [{ id, name: reportableIn(method, "name") ?? id }];
  });
}

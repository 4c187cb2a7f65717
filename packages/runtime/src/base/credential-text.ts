/** What git and its credential helpers tell each other: `key=value` lines up to an empty one. */
export type CredentialText = ReadonlyMap<string, string>;

/**
 * Reads it. Of a key that comes twice the last value counts, as for git. Lines without `=` are left out.
 *
 * @see https://git-scm.com/docs/git-credential#IOFMT
 */
export function readCredentialText(text: string): CredentialText {
  const attributes = new Map<string, string>();
  for (const line of text.split("\n")) {
    if (line === "") break;
    const at = line.indexOf("=");
    if (at > 0) attributes.set(line.slice(0, at), line.slice(at + 1));
  }
  return attributes;
}

/** Writes it. The caller makes sure that no value holds a line feed or a zero byte, which the format cannot say. */
export function writeCredentialText(attributes: Readonly<Record<string, string>>): string {
  const lines = Object.entries(attributes).map(([key, value]) => `${key}=${value}\n`);
  return `${lines.join("")}\n`;
}

import { fillMessage, type Message } from "@sandboot/runtime/protocol";

/** Puts a message into the user's language and fills `{0}`, `{1}`, … ; `vscode.l10n.t` is one. */
export type Translate = (message: string, ...args: (string | number)[]) => string;

/** The messages as they stand in the code; for tests. */
export const inEnglish: Translate = fillMessage;

/** A message of the protocol in the user's language. */
export function say({ text, args }: Message, t: Translate): string {
  return t(text, ...args);
}

import { fillMessage, type Message } from "@sandboot/runtime/protocol";

/** Translates a message and fills its `{0}`, `{1}`, …, like `vscode.l10n.t`. */
export type Translate = (message: string, ...args: (string | number)[]) => string;

/** Translates nothing; for tests. */
export const inEnglish: Translate = fillMessage;

/** Translates a message of the protocol. */
export function say({ text, args }: Message, t: Translate): string {
  return t(text, ...args);
}

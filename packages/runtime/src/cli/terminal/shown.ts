import { escaped } from "../../protocol/derive/printable.ts";

/** Colours and links, which are ours; and what no stream gets raw. */
const NOTABLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern is for control characters
  /\u001b\[[0-9;]*m|\u001b\]8;;(?:https?:[!-~]*)?\u001b\\|[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * The last look at everything that a command prints. The views have made their parts `printable`; whatever slipped through is
 * shown as `\u001b` and does nothing. JSON stays the same JSON.
 */
export function shown(text: string): string {
  return text.replaceAll(NOTABLE, (found) =>
    found === "\n" || found === "\t" || found.length > 2 ? found : escaped(found),
  );
}

/** Writes to a stream that somebody reads. */
export function show(stream: { write(text: string): unknown }, text: string): void {
  stream.write(shown(text));
}

/**
 * What directs a terminal: CSI, and strings such as OSC 8 (links) and OSC 52 (the clipboard), in seven and in eight bits.
 *
 * @see ECMA-48, and https://invisible-island.net/xterm/ctlseqs/ctlseqs.html
 */
const SEQUENCES =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern is for control characters
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b[P\]X^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u009c\n]*(?:\u0007|\u001b\\|\u009c)|\u001b[ -/]*[0-Z\\^-~]/g;

/** Controls; and what shows nothing itself, but changes how other text looks: direction, width, joins. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

const CONTROL = /\p{Cc}/u;

/**
 * Text of somebody else, for one line of a terminal, a panel or a page. It cannot move a cursor, change colours, write to a
 * clipboard, or look like another text: sequences are removed, controls become spaces, and other invisible characters
 * are shown as `\u202e`.
 */
export function printable(text: string): string {
  return text
    .replaceAll(SEQUENCES, "")
    .replaceAll(INVISIBLE, (found) => (CONTROL.test(found) ? " " : escaped(found)));
}

/** Each of several lines by {@link printable}. */
export function printableLines(text: string): string {
  return text.split("\n").map(printable).join("\n");
}

/** As in JSON, so that it stays JSON where it was. */
export function escaped(characters: string): string {
  return Array.from(
    { length: characters.length },
    (_, index) => `\\u${characters.charCodeAt(index).toString(16).padStart(4, "0")}`,
  ).join("");
}

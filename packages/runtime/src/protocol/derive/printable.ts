/**
 * What directs a terminal: CSI, and strings such as OSC 8 (links) and OSC 52 (the clipboard), in seven and in eight bits. What
 * begins a string is not part of one: else a line of such beginnings would be searched to its end from each of them.
 *
 * @see ECMA-48, and https://invisible-island.net/xterm/ctlseqs/ctlseqs.html
 */
const SEQUENCES =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern is for control characters
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b[P\]X^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u0090\u0098\u009c-\u009f\n]*(?:\u0007|\u001b\\|\u009c)|\u001b[ -/]*[0-Z\\^-~]/g;

/** Controls; and what shows nothing itself, but changes how other text looks: direction, width, joins. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

const CONTROL = /\p{Cc}/u;

/** Text without colours, links and whatever else directs a terminal, for looking at what it says. */
export function withoutSequences(text: string): string {
  return text.replaceAll(SEQUENCES, "");
}

/**
 * Text of somebody else, for one line of a terminal, a panel or a page. It cannot move a cursor, change colours, write to a
 * clipboard, or look like another text: sequences are removed, controls become spaces, and other invisible characters
 * are shown as `\u202e`.
 */
export function printable(text: string): string {
  return withoutSequences(text).replaceAll(INVISIBLE, (found) =>
    CONTROL.test(found) ? " " : escaped(found),
  );
}

/** Each of several lines by {@link printable}. */
export function printableLines(text: string): string {
  return text.split("\n").map(printable).join("\n");
}

/** As in JSON, so that it stays JSON where it was. */
export function escaped(characters: string): string {
  let text = "";
  for (let at = 0; at < characters.length; at++) {
    text += `\\u${characters.charCodeAt(at).toString(16).padStart(4, "0")}`;
  }
  return text;
}

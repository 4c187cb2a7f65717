/** Characters that are two cells wide in a terminal: CJK, kana, Hangul, full-width forms, emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

/** Characters without a cell of their own: they join the one before. */
const JOINED = /\p{Mn}|\p{Me}|\u200d|\ufe0f/u;

/** The width of a text in cells of a terminal. It must have no control characters. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += cellsOf(character);
  return width;
}

/** The text, or as much of it as fits with a mark at the end. */
export function fitWidth(text: string, cells: number, mark = "…"): string {
  if (widthOf(text) <= cells) return text;
  let width = widthOf(mark);
  let kept = "";
  for (const character of text) {
    width += cellsOf(character);
    if (width > cells) break;
    kept += character;
  }
  return cells < widthOf(mark) ? "" : kept + mark;
}

/** Like {@link fitWidth}, but cut in the middle: names that begin alike differ at the end. */
export function fitMiddle(text: string, cells: number, mark = "…"): string {
  if (widthOf(text) <= cells) return text;
  const tail = Math.floor((cells - widthOf(mark)) / 2);
  if (tail < 1) return fitWidth(text, cells, mark);
  let end = "";
  for (const character of [...text].toReversed()) {
    if (widthOf(character + end) > tail) break;
    end = character + end;
  }
  return fitWidth(text, cells - widthOf(end), mark) + end;
}

/** Breaks a text into pieces of at most `cells`, between words where possible. Nothing is lost. */
export function wrap(text: string, cells: number): string[] {
  const pieces: string[] = [];
  let rest = text;
  while (widthOf(rest) > cells) {
    const most = fitWidth(rest, cells, "");
    const space = most.lastIndexOf(" ");
    // A single character may be wider than `cells`.
    const length = space > 0 ? space + 1 : Math.max(most.length, [...rest][0]?.length ?? 1);
    pieces.push(rest.slice(0, length).trimEnd());
    rest = rest.slice(length);
  }
  return [...pieces, rest];
}

function cellsOf(character: string): number {
  if (character < "\u0300") return 1;
  if (JOINED.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

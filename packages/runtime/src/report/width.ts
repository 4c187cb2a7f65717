/** Characters that take two cells in a terminal: CJK, kana, Hangul, full-width forms, emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

/** Characters that take none: they join the one before. */
const JOINED = /\p{Mn}|\p{Me}|\u200d|\ufe0f/u;

/** How many cells of a terminal a text takes; it must have no control characters. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += cellsOf(character);
  return width;
}

/** As much of a text as fits into so many cells; what was cut is shown. */
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

/** The same, with the cut in the middle: of names that begin alike the end tells which one it is. */
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

/** A text in pieces of at most so many cells, none of it lost; a piece ends behind a word where that is possible. */
export function wrap(text: string, cells: number): string[] {
  const pieces: string[] = [];
  let rest = text;
  while (widthOf(rest) > cells) {
    const most = fitWidth(rest, cells, "");
    const space = most.lastIndexOf(" ");
    // A character that is wider than the room has to go somewhere.
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

import { coloursOf, type Look } from "./look.ts";

export interface Column {
  readonly title: string;
  readonly align: "left" | "right";
}

const GAP = "  ";
const NARROWEST = 12;

/**
 * Rows of text in columns as wide as their widest cell. In a narrow terminal the first left-aligned column is shortened.
 * Figures, which are right-aligned, are never cut.
 */
export function renderColumns(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  look: Look,
): string {
  const colours = coloursOf(look);
  const widths = columns.map(({ title }, at) =>
    Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)),
  );
  const total = widths.reduce((sum, width) => sum + width + GAP.length, 0);
  const names = columns.findIndex(({ align }) => align === "left");
  if (names >= 0 && total > look.columns) {
    widths[names] = Math.max(NARROWEST, (widths[names] ?? 0) - (total - look.columns));
  }
  const line = (cells: readonly string[]) =>
    columns
      .map(({ align }, at) => {
        const width = widths[at] ?? 0;
        const cell = shorten(cells[at] ?? "", width, look);
        return align === "right" ? cell.padStart(width) : cell.padEnd(width);
      })
      .map((cell) => GAP + cell)
      .join("")
      .trimEnd();
  const header = columns.some(({ title }) => title !== "")
    ? [colours.dim(line(columns.map(({ title }) => title)))]
    : [];
  return `${[...header, ...rows.map(line)].join("\n")}\n`;
}

/** The text, or as much of it as fits with a mark at the end. */
function shorten(text: string, width: number, { unicode }: Pick<Look, "unicode">): string {
  if (text.length <= width) return text;
  const mark = unicode ? "…" : "~";
  return `${text.slice(0, Math.max(0, width - 1))}${mark}`;
}

import { coloursOf, type Look } from "./look.ts";

export interface Column {
  readonly title: string;
  readonly align: "left" | "right";
  /** Left out where there is no room for all. */
  readonly isSpare?: true;
}

const GAP = "  ";

/** Below that, text tells nothing. */
const NARROWEST = 6;

/**
 * Rows of text in columns as wide as their widest cell. In a narrow terminal the left-aligned columns are shortened, the
 * widest first, and spare columns are left out. Figures, which are right-aligned, are never cut.
 */
export function renderColumns(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  look: Look,
): string {
  const colours = coloursOf(look);
  const widths = widthsOf(columns, rows, look.columns);
  const line = (cells: readonly string[]) =>
    columns
      .flatMap(({ align }, at) => {
        const width = widths[at];
        if (width === null || width === undefined) return [];
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

/** The width of each column; null for one that is left out. */
function widthsOf(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  available: number,
): readonly (number | null)[] {
  const widths: (number | null)[] = columns.map(({ title }, at) =>
    Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)),
  );
  const isTooWide = () =>
    widths.reduce<number>((sum, width) => sum + (width === null ? 0 : width + GAP.length), 0) >
    available;
  const shortenTo = (least: number) => {
    while (isTooWide()) {
      const texts = columns.flatMap(({ align }, at) => (align === "left" ? (widths[at] ?? 0) : []));
      const widest = Math.max(...texts);
      if (widest <= least) return;
      const at = columns.findIndex(({ align }, one) => align === "left" && widths[one] === widest);
      widths[at] = widest - 1;
    }
  };
  shortenTo(2 * NARROWEST);
  for (const [at, { isSpare }] of columns.entries()) if (isSpare && isTooWide()) widths[at] = null;
  shortenTo(NARROWEST);
  return widths;
}

/** The text, or as much of it as fits with a mark at the end. */
function shorten(text: string, width: number, { unicode }: Pick<Look, "unicode">): string {
  if (text.length <= width) return text;
  const mark = unicode ? "…" : "~";
  return `${text.slice(0, Math.max(0, width - 1))}${mark}`;
}

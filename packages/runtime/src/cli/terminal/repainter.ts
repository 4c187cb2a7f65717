import { stripVTControlCharacters } from "node:util";
import { widthOf } from "../../report/width.ts";

/** The part of a terminal that painting needs. */
export interface Screen {
  readonly columns: number;
  write(text: string): unknown;
}

/**
 * Paints over what it painted before. Not log-update: its import would be one of the largest on the way to
 * `agent.spawn`. The caller gives lines that fit; a terminal that became narrower since has wrapped the old ones, and
 * how far is known from their widths.
 */
export class Repainter {
  readonly #screen: Screen;
  #widths: readonly number[] = [];

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  paint(lines: readonly string[]): void {
    // Up, then each line over the old one: clearing first would flicker.
    const text = lines.map((line) => `\r${line}\u001b[K\n`).join("");
    this.#screen.write(`${this.#up()}${text}\u001b[J`);
    this.#widths = lines.map((line) => widthOf(stripVTControlCharacters(line)));
  }

  clear(): void {
    if (this.#widths.length > 0) this.#screen.write(`${this.#up()}\r\u001b[J`);
    this.#widths = [];
  }

  #up(): string {
    const columns = Math.max(1, this.#screen.columns);
    const rows = this.#widths.reduce(
      (sum, width) => sum + Math.max(1, Math.ceil(width / columns)),
      0,
    );
    return rows === 0 ? "" : `\u001b[${rows}A`;
  }
}

import { stripVTControlCharacters } from "node:util";
import { widthOf } from "../../report/width.ts";
import { shown } from "./shown.ts";

/** The part of a terminal that the repainter needs. */
export interface Screen {
  readonly columns: number;
  write(text: string): unknown;
}

const HIDE_CURSOR = "\u001b[?25l";
const SHOW_CURSOR = "\u001b[?25h";

/**
 * Replaces the lines that it painted before. Not the package log-update: its import would be one of the largest that a boot
 * loads before `agent.spawn`. The caller gives lines that fit. When the terminal has become narrower, it has wrapped the old
 * lines; their widths say into how many rows.
 */
export class Repainter {
  readonly #screen: Screen;
  #widths: readonly number[] = [];
  #isPainted = false;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  paint(lines: readonly string[]): void {
    if (!this.#isPainted) this.#screen.write(HIDE_CURSOR);
    this.#isPainted = true;
    // Moves up and writes each line over the old one. Clearing first would flicker.
    const text = lines.map((line) => `\r${shown(line)}\u001b[K\n`).join("");
    this.#screen.write(`${this.#up()}${text}\u001b[J`);
    this.#widths = lines.map((line) => widthOf(stripVTControlCharacters(line)));
  }

  /** Removes what was painted, and shows the cursor again. */
  clear(): void {
    if (this.#isPainted) this.#screen.write(`${this.#up()}\r\u001b[J${SHOW_CURSOR}`);
    this.#isPainted = false;
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

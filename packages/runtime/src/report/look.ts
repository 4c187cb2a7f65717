import pc from "picocolors";
import { printable } from "../protocol/derive/printable.ts";
import type { Tone } from "../protocol/derive/tone.ts";

export { printable };

/** What a terminal can show. */
export interface Look {
  readonly columns: number;
  readonly colour: boolean;
  /** Whether it shows block characters and marks; ASCII otherwise. */
  readonly unicode: boolean;
  /** Whether it shows links (OSC 8). */
  readonly links?: boolean;
}

/**
 * An address to click on, where the terminal has links; else the address.
 *
 * @see https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda
 */
export function linkTo(url: string, { links = false }: Look): string {
  const text = printable(url);
  return links && /^https?:[!-~]+$/.test(url)
    ? `\u001b]8;;${url}\u001b\\${text}\u001b]8;;\u001b\\`
    : text;
}

export type Colours = ReturnType<typeof pc.createColors>;

export function coloursOf({ colour }: Look): Colours {
  return pc.createColors(colour);
}

/** The colour of a tone in all views of the terminal. */
export function paintOf(tone: Tone, colours: Colours): (text: string) => string {
  switch (tone) {
    case "good":
      return colours.green;
    case "busy":
      return colours.cyan;
    case "warning":
      return colours.yellow;
    case "bad":
      return colours.red;
    case "muted":
      return colours.dim;
    default:
      return tone satisfies never;
  }
}

import pc from "picocolors";
import type { Tone } from "../protocol/derive/tone.ts";

export { printable } from "../protocol/derive/printable.ts";

/** What a terminal can show. */
export interface Look {
  readonly columns: number;
  readonly colour: boolean;
  /** Whether it shows block characters and marks; ASCII otherwise. */
  readonly unicode: boolean;
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

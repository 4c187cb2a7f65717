import { stripVTControlCharacters } from "node:util";
import pc from "picocolors";
import type { Tone } from "../protocol/derive/tone.ts";

/** How a terminal wants it. */
export interface Look {
  readonly columns: number;
  readonly colour: boolean;
  /** Whether block characters and marks can be shown; else ASCII. */
  readonly unicode: boolean;
}

export type Colours = ReturnType<typeof pc.createColors>;

export function coloursOf({ colour }: Look): Colours {
  return pc.createColors(colour);
}

/** The colour of a tone, in every view of the terminal. */
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

/** Makes text of others harmless: a hook may not move the cursor or paint the screen. */
export function printable(text: string): string {
  return stripVTControlCharacters(text).replace(/\p{Cc}/gu, " ");
}

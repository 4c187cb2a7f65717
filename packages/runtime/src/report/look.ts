import { stripVTControlCharacters } from "node:util";
import pc from "picocolors";
import type { Tone } from "../protocol/derive/tone.ts";

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

/** Removes control characters: the output of a hook must not move the cursor or change colours. */
export function printable(text: string): string {
  return stripVTControlCharacters(text).replace(/\p{Cc}/gu, " ");
}

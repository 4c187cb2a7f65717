import { stripVTControlCharacters } from "node:util";
import pc from "picocolors";

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

/** Makes text of others harmless: a hook may not move the cursor or paint the screen. */
export function printable(text: string): string {
  return stripVTControlCharacters(text).replace(/\p{Cc}/gu, " ");
}

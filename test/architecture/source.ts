import { parseSync } from "oxc-parser";

/** A source file: its path from the repository's root, and its text. */
export interface Source {
  readonly file: string;
  readonly text: string;
}

/** A piece of syntax and where it stands. */
export type Node = { readonly type: string; readonly start: number; readonly end: number };

/** @throws when it does not parse. */
export function parse({ file, text }: Source) {
  const { program, errors } = parseSync(file, text);
  if (errors[0] !== undefined) throw new Error(`${file} does not parse: ${errors[0].message}`);
  return program;
}

export function lineOf({ text }: Source, { start }: Node): number {
  return text.slice(0, start).split("\n").length;
}

import fc from "fast-check";

/** Pieces that have broken readers of text. */
const HOSTILE = [
  "",
  "\0",
  "\n",
  "\r\n",
  "\r",
  "\u001b[2J",
  "\u202e",
  "\ud800",
  "\ufeff",
  "\u2028",
  '"',
  "\\",
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  "null",
  "true",
  "-1",
  "0",
  "-0",
  "1e999",
  "0.1",
  "2592000",
  "4294967296",
  "99999999999999999999",
  '"(?<"',
  '"("',
  '"__proto__":',
  '"constructor":',
  '{"__proto__":{"a":1}}',
  "../../../..",
  "/",
  "..",
  "{env:NAME}",
  "$NAME",
  "[".repeat(3000),
  '{"a":'.repeat(3000),
  "x".repeat(70_000),
] as const;

/** One change of a text: at a place, so many characters are replaced. */
export interface Edit {
  /** From 0 to 1. */
  readonly at: number;
  readonly remove: number;
  readonly insert: string;
}

export function edited(text: string, edits: readonly Edit[]): string {
  return edits.reduce((before, { at, remove, insert }) => {
    const from = Math.floor(at * before.length);
    return before.slice(0, from) + insert + before.slice(from + remove);
  }, text);
}

const edit: fc.Arbitrary<Edit> = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  remove: fc.oneof(fc.nat(8), fc.nat(200)),
  insert: fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ maxLength: 6, unit: "binary" })),
});

/** One of the texts, with some changes; or a text that has nothing to do with them. */
export function nearly(...texts: readonly string[]): fc.Arbitrary<string> {
  const changed = fc
    .tuple(fc.constantFrom(...texts), fc.array(edit, { maxLength: 6 }))
    .map(([text, edits]) => edited(text, edits));
  return fc.oneof(
    { weight: 9, arbitrary: changed },
    { weight: 1, arbitrary: fc.oneof(fc.json(), fc.string({ unit: "binary" })) },
  );
}

/** A change for an engine that has a source of randomness of its own. */
export function randomEdit(random: () => number): Edit {
  const insert = HOSTILE[Math.floor(random() * HOSTILE.length)] ?? "";
  const letter = String.fromCharCode(Math.floor(random() * 128));
  return {
    at: random(),
    remove: Math.floor(random() ** 3 * 100),
    insert: random() < 0.5 ? insert : letter,
  };
}

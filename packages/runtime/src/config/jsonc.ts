import type { ParseError } from "jsonc-parser";
import { badInput } from "./errors.ts";
import { TOO_DEEP } from "./plain-json.ts";

/**
 * Reads JSON with comments. The parser for comments is loaded only for files that have some, because loading it delays the
 * start of the agent.
 *
 * @param source - Path of the file, for the error.
 * @throws Failed `bad-input` with the place of the first mistake.
 */
export async function parseJsonc(text: string, source: string): Promise<unknown> {
  try {
    return JSON.parse(text);
  } catch {
    return await parseWithComments(text, source);
  }
}

async function parseWithComments(text: string, source: string): Promise<unknown> {
  const { parse } = await import("jsonc-parser");
  const errors: ParseError[] = [];
  let value: unknown;
  try {
    value = parse(text, errors, { allowTrailingComma: true });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw badInput({ source, key: "", ...TOO_DEEP });
  }
  const [first] = errors;
  if (first === undefined) return value;
  const before = text.slice(0, first.offset).split("\n");
  const where = `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
  const { jsonMistake } = await import("./json-mistake.ts");
  const found = `${jsonMistake(first.error)} at ${where}`;
  throw badInput({ source, key: "", expected: "JSON with comments", found });
}

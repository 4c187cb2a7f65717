import { type ParseErrorCode, printParseErrorCode } from "jsonc-parser";

/** What is wrong in a text that should be JSON, for people. */
export function jsonMistake(code: ParseErrorCode): string {
  const name = printParseErrorCode(code);
  return MISTAKES[name] ?? name;
}

/** By the names that the parser gives. */
const MISTAKES: Readonly<Record<string, string>> = {
  InvalidSymbol: "an unknown word",
  InvalidNumberFormat: "a malformed number",
  PropertyNameExpected: "no key",
  ValueExpected: "no value",
  ColonExpected: "no colon",
  CommaExpected: "no comma",
  CloseBraceExpected: "no closing brace",
  CloseBracketExpected: "no closing bracket",
  EndOfFileExpected: "text after the end",
  InvalidCommentToken: "a malformed comment",
  UnexpectedEndOfComment: "a comment without an end",
  UnexpectedEndOfString: "a string without an end",
  UnexpectedEndOfNumber: "a number without an end",
  InvalidUnicode: "a malformed escape",
  InvalidEscapeCharacter: "an unknown escape",
  InvalidCharacter: "a control character in a string",
};

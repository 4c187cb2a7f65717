/** What a decoder puts in the place of bytes that are no UTF-8. */
const NOT_UTF8 = "\ufffd";

const BYTE_ORDER_MARK = /^\ufeff/;

/**
 * The JSON in a text that was decoded from UTF-8. A text in another encoding is refused: its letters would be lost without a word,
 * those of a password among them.
 *
 * @throws SyntaxError
 */
export function jsonIn(text: string): unknown {
  if (text.includes(NOT_UTF8)) throw new SyntaxError("it is not in UTF-8");
  return JSON.parse(text.replace(BYTE_ORDER_MARK, ""));
}

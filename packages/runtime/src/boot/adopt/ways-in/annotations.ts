/**
 * Finds an annotation in a file of Kubernetes' downward API (`metadata.annotations`): lines `key="value"`, in which the value
 * is quoted as Go quotes it.
 *
 * @returns null when there is no such annotation.
 * @throws SyntaxError when its value is not quoted like that.
 * @see https://kubernetes.io/docs/concepts/workloads/pods/downward-api/
 * @see https://go.dev/ref/spec#String_literals
 */
export function annotationIn(text: string, key: string): string | null {
  const line = text.split("\n").find((one) => one.startsWith(`${key}=`));
  return line === undefined ? null : unquote(line.slice(key.length + 1).trimEnd());
}

const SIMPLE: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  '"': '"',
  "'": "'",
};

const ESCAPE = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))/g;

function unquote(quoted: string): string {
  const inner = /^"((?:[^"\\]|\\.)*)"$/s.exec(quoted)?.[1];
  if (inner === undefined) throw new SyntaxError("an annotation's value is not quoted");
  // Byte by byte: `\xNN` and `\NNN` are bytes of UTF-8.
  const bytes = bytesOf(inner).replaceAll(ESCAPE, (_, hex, short, long, octal, simple) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 0xff);
    return bytesOf(characterOf(short ?? long, simple));
  });
  return Buffer.from(bytes, "latin1").toString("utf8");
}

/** A character for each byte of UTF-8. */
function bytesOf(text: string): string {
  return Buffer.from(text).toString("latin1");
}

function characterOf(code: string | undefined, simple: string | undefined): string {
  if (code !== undefined) {
    const point = Number.parseInt(code, 16);
    if (point <= 0x10ffff) return String.fromCodePoint(point);
  }
  const character = SIMPLE[simple ?? ""];
  if (character !== undefined) return character;
  throw new SyntaxError("an annotation's value has an unknown escape");
}

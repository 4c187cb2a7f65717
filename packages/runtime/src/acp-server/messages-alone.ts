import { Transform } from "node:stream";

const NEWLINE = 0x0a;
const WHITESPACE = new Set([0x20, 0x09, 0x0d, NEWLINE]);
const BRACE = 0x7b;

/** Characters of a line that is no message. */
const MOST_CHARACTERS = 1_000;

/**
 * Lets the lines of an agent's output pass that can be messages. The others, such as a question about a login, are told: they
 * are often the reason why the agent does not answer.
 */
export function messagesAlone(tell: (line: string) => void): Transform {
  let kind: "message" | "text" | null = null;
  let text = "";
  let decoder = new TextDecoder();
  const endLine = () => {
    if (kind === "text") tell(text.trimEnd());
    kind = null;
    text = "";
    decoder = new TextDecoder();
  };
  return new Transform({
    transform(chunk: Buffer, _, done) {
      for (let rest = chunk; rest.length > 0; ) {
        const end = rest.indexOf(NEWLINE) + 1 || rest.length;
        const part = rest.subarray(0, end);
        rest = rest.subarray(end);
        kind ??= kindOf(part);
        if (kind === "text") {
          const more = decoder.decode(part, { stream: true });
          text += more.slice(0, MOST_CHARACTERS - text.length);
        } else this.push(part);
        if (part.at(-1) === NEWLINE) endLine();
      }
      done();
    },
    flush(done) {
      endLine();
      done();
    },
  });
}

/** @returns null when the line has not begun yet. */
function kindOf(part: Buffer): "message" | "text" | null {
  const first = part.find((byte) => !WHITESPACE.has(byte));
  if (first === undefined) return null;
  return first === BRACE ? "message" : "text";
}

/** What the control plane takes of a failing script's output. It refuses a report with more. */
const MOST_LINES = 60;
const MOST_LINE_CHARS = 1024;
const MOST_CHARS = 8 * 1024;
/** Of a report's 32 KiB: control characters and other alphabets take more bytes than characters. */
const MOST_BYTES = 24 * 1024;

const MOST_ERROR_CHARS = 1000;

/** The last lines, as far as the control plane takes them. */
export function boundedTail(lines: readonly string[]): readonly string[] {
  const kept = lines
    .filter((line) => line.trim() !== "")
    .slice(-MOST_LINES)
    .map((line) => line.slice(0, MOST_LINE_CHARS));
  while (kept.length > 0 && isTooMuch(kept)) kept.shift();
  return kept;
}

export function boundedError(text: string): string {
  return text.slice(0, MOST_ERROR_CHARS);
}

function isTooMuch(lines: readonly string[]): boolean {
  const chars = lines.reduce((sum, line) => sum + line.length, 0);
  return chars > MOST_CHARS || Buffer.byteLength(JSON.stringify(lines)) > MOST_BYTES;
}

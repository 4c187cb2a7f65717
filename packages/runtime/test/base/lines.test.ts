import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LineSplitter, MAX_LINE_BYTES } from "../../src/base/lines.ts";

function split(chunks: readonly Buffer[]): string[] {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line));
  for (const chunk of chunks) splitter.push(chunk);
  splitter.end();
  return lines;
}

describe("LineSplitter", () => {
  it("gives the same lines, wherever the chunks end", () => {
    const line = fc
      .string({ unit: "grapheme", maxLength: 40 })
      .map((text) => text.replace(/[\r\n]/g, ""));
    fc.assert(
      fc.property(fc.array(line), fc.array(fc.nat(200)), (lines, cuts) => {
        const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(""));
        const chunks: Buffer[] = [];
        let from = 0;
        for (const cut of cuts) {
          chunks.push(bytes.subarray(from, from + cut));
          from += cut;
        }
        chunks.push(bytes.subarray(from));
        expect(split(chunks)).toEqual(lines);
      }),
    );
  });

  it("gives a last line without a newline, and accepts \\r\\n", () => {
    expect(split([Buffer.from("one\r\ntwo")])).toEqual(["one", "two"]);
  });

  it("cuts and marks a line that is too long, and goes on after its newline", () => {
    const long = "x".repeat(MAX_LINE_BYTES + 10);
    const [cut, next, ...rest] = split([Buffer.from(long), Buffer.from(`${long}\nnext\n`)]);
    expect(cut).toBe(`${"x".repeat(MAX_LINE_BYTES)}… (line cut)`);
    expect(next).toBe("next");
    expect(rest).toEqual([]);
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LineSampler, leftOutText } from "../../src/process/line-sampler.ts";
import { OutputBudget } from "../../src/process/output-budget.ts";

const BURST_LINES = 10_000;

function sampler(nowMs = () => 0) {
  const lines: string[] = [];
  const sampled = new LineSampler(new OutputBudget(nowMs), (line) => lines.push(line));
  const push = (text: string, isEnough = () => false) => {
    let rest = Buffer.from(text);
    while (rest.length > 0) rest = rest.subarray(sampled.take(rest, isEnough));
  };
  return { lines, sampled, push };
}

const numbered = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, n) => `line ${from + n}`);

describe("LineSampler", () => {
  it("gives every line within the budget", () => {
    const { lines, sampled, push } = sampler();
    push(`${numbered(1, BURST_LINES).join("\n")}\n`);
    sampled.end();
    expect(lines).toEqual(numbered(1, BURST_LINES));
    expect(sampled.leftOut).toBe(0);
  });

  it("beyond the budget gives the number of lines that it left out, and the last twenty", () => {
    const { lines, sampled, push } = sampler();
    push(`${numbered(1, 1_250_000).join("\n")}\n`);
    expect(lines).toEqual(numbered(1, BURST_LINES));
    sampled.end();
    expect(lines.slice(BURST_LINES)).toEqual([
      "… 1,239,980 lines left out",
      ...numbered(1_249_981, 1_250_000),
    ]);
    expect(sampled.leftOut).toBe(1_239_980);
  });

  it("gives an unfinished last line, too", () => {
    const { lines, sampled, push } = sampler();
    push(`${numbered(1, 20_000).join("\n")}\nunfinished`);
    sampled.end();
    expect(lines.slice(-2)).toEqual(["line 20000", "unfinished"]);
  });

  it("gives lines again when it has caught up and the budget has some", () => {
    let nowMs = 0;
    const { lines, sampled, push } = sampler(() => nowMs);
    push(`${numbered(1, 20_000).join("\n")}\n`);
    nowMs = 10_000;
    sampled.catchUp();
    push("after that\n");
    expect(lines.slice(-2)).toEqual(["line 20000", "after that"]);
  });

  it("counts every line once, wherever chunks end and whenever it catches up", () => {
    const chunk = fc.record({
      text: fc.array(fc.constantFrom("a", "\n", "bc\n", "x".repeat(5_000)), { maxLength: 30 }),
      repeat: fc.constantFrom(1, 1, 2_000),
      catchUp: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 12 }), (chunks) => {
        const { lines, sampled, push } = sampler();
        let newlines = 0;
        let end = "";
        for (const { text, repeat, catchUp } of chunks) {
          const whole = text.join("").repeat(repeat);
          newlines += whole.split("\n").length - 1;
          end = (end + whole).slice(-1);
          push(whole);
          if (catchUp) sampled.catchUp();
        }
        sampled.end();
        const said = lines.filter((line) => line.endsWith("left out"));
        const unfinished = end === "" || end === "\n" ? 0 : 1;
        expect(lines.length - said.length + sampled.leftOut).toBe(newlines + unfinished);
      }),
      { numRuns: 40 },
    );
  });

  it("stops after a line when the caller has enough", () => {
    const lines: string[] = [];
    const sampled = new LineSampler(null, (line) => lines.push(line));
    const text = Buffer.from("one\ntwo\n");
    expect(sampled.take(text, () => true)).toBe(4);
    expect(lines).toEqual(["one"]);
  });

  it("says how many lines", () => {
    expect([1, 999, 1_000, 120_345, 1_234_567].map(leftOutText)).toEqual([
      "… 1 line left out",
      "… 999 lines left out",
      "… 1,000 lines left out",
      "… 120,345 lines left out",
      "… 1,234,567 lines left out",
    ]);
  });
});

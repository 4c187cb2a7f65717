import { describe, expect, it } from "vitest";
import { formatChange } from "../../src/report/change.ts";

describe("a change for people", () => {
  it.each([
    [2_000, 1_000, "+1.00 s (+100 %)"],
    [900, 1_000, "-100 ms (-10 %)"],
    // A share that would be said as 0 says nothing.
    [999, 1_000, "-1 ms"],
    [5, 0.5, "+5 ms"],
  ])("of %d ms after %d ms", (now, before, said) => {
    expect(formatChange(now, before)).toBe(said);
  });
});

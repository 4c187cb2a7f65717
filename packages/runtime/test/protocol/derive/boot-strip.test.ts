import { describe, expect, it } from "vitest";
import { bootStrip } from "../../../src/protocol/derive/boot-strip.ts";

const boots = (...readyMs: readonly number[]) =>
  readyMs.map((ms, at) => ({ startedAt: `boot ${at}`, readyMs: ms }));

describe("the strip of boots", () => {
  it("has a bar each, as high as the boot was long, and a line at the p50", () => {
    const { bars, end, p50 } = bootStrip(boots(500, 1000, 250), 500);
    expect(bars.map(({ height }) => height)).toEqual([47, 94, 23.5]);
    expect(p50).toBe(47);
    expect(end).toBeCloseTo((bars[2]?.x ?? 0) + (bars[2]?.width ?? 0), 2);
  });

  it("fits a p50 that is above all bars, and has no line without one", () => {
    expect(bootStrip(boots(500), 1000).p50).toBe(94);
    expect(bootStrip([], null)).toEqual({ bars: [], end: expect.any(Number), p50: null });
  });

  it("keeps the last of many", () => {
    const { bars, end } = bootStrip(boots(...Array.from({ length: 60 }, () => 1)), null);
    expect([bars.length, bars[0]?.startedAt]).toEqual([40, "boot 20"]);
    expect(end).toBeLessThanOrEqual(100);
  });
});

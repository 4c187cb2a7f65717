import { expect, it } from "vitest";
import { ClockWatch } from "../../../src/boot/pause/clock-watch.ts";

/** Two clocks, which a test moves. */
function clocks() {
  let monotonicMs = 5_000;
  let wallMs = Date.parse("2026-03-04T05:06:07.000Z");
  const watch = new ClockWatch({
    nowMs: () => monotonicMs,
    isoNow: () => new Date(wallMs).toISOString(),
  });
  return {
    watch,
    pass: (passed: { readonly monotonic: number; readonly wall: number }) => {
      monotonicMs += passed.monotonic;
      wallMs += passed.wall;
      return watch.look();
    },
  };
}

it.each([
  ["a second", { monotonic: 1_000, wall: 1_000 }, null],
  ["a busy machine", { monotonic: 2_900, wall: 2_900 }, null],
  ["a wall clock that is set back an hour", { monotonic: 1_000, wall: -3_600_000 }, null],
  ["a wall clock that is corrected by a second", { monotonic: 1_000, wall: 2_100 }, null],
  [
    "a process that was stopped for a minute",
    { monotonic: 61_000, wall: 61_000 },
    { gapMs: 60_000, noticedBy: "late-timer" },
  ],
  [
    "a virtual machine that was restored after an hour",
    { monotonic: 1_000, wall: 3_601_000 },
    { gapMs: 3_600_000, noticedBy: "wall-clock" },
  ],
  [
    "a process that was stopped, and whose wall clock was set back meanwhile",
    { monotonic: 61_000, wall: -9_000 },
    { gapMs: 60_000, noticedBy: "late-timer" },
  ],
] as const)("after %s", (_, passed, gap) => {
  expect(clocks().pass(passed)).toEqual(gap);
});

it("tells of a gap once", () => {
  const { pass } = clocks();
  expect(pass({ monotonic: 61_000, wall: 61_000 })).not.toBeNull();
  expect(pass({ monotonic: 1_000, wall: 1_000 })).toBeNull();
});

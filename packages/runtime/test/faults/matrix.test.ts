import { describe, expect, it } from "vitest";
import { judgeInTime, type Outcome } from "./judge.ts";
import { Pool } from "./pool.ts";
import { rows } from "./rows/table.ts";

/** A boot waits more than it computes. */
const AT_ONCE = 4;

/** `npm run faults` sets it: also the rows that take long. */
const all = process.env["SANDBOOT_FAULTS"] === "all";

// They run at once, and the tests below wait for them: vitest's own concurrent tests cannot share a suite's helpers.
const pool = new Pool<Outcome>(AT_ONCE);
const judged = rows
  .filter(({ isLong }) => isLong !== true || all)
  .map((row): [string, Promise<Outcome>] => [row.fault, pool.run(() => judgeInTime(row))]);

describe("a boot with", () => {
  it.each(judged)("%s", async (_, outcome) => {
    await outcome;
  });

  it("no two rows of one name", () => {
    expect(new Set(rows.map(({ fault }) => fault)).size).toBe(rows.length);
  });
});

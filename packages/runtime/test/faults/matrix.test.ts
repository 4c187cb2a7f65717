import { describe, expect, it } from "vitest";
import { judgeInTime, type Outcome } from "./judge.ts";
import { Pool } from "./pool.ts";
import type { Row } from "./row.ts";
import { rows } from "./rows/table.ts";

/** A boot waits more than it computes. */
const AT_ONCE = 4;

/** `all`, which `npm run faults` says: also the rows that take long. Any other text: the rows that have it in their name. */
const asked = process.env["SANDBOOT_FAULTS"];
const isWanted = ({ fault, isLong }: Row) =>
  asked === undefined ? isLong !== true : asked === "all" || fault.includes(asked);

// They run at once, and the tests below wait for them: vitest's own concurrent tests cannot share a suite's helpers.
const pool = new Pool<Outcome>(AT_ONCE);
const judged = rows
  .filter(isWanted)
  .map((row): [string, Promise<Outcome>] => [row.fault, pool.run(() => judgeInTime(row))]);

describe("a boot with", () => {
  it.each(judged)("%s", async (_, outcome) => {
    await outcome;
  });

  it("no two rows of one name", () => {
    expect(new Set(rows.map(({ fault }) => fault)).size).toBe(rows.length);
  });
});

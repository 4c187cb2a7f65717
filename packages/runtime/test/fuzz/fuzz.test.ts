import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, it } from "vitest";
import { scratchFolder } from "../support/scratch.ts";
import { targets } from "./targets/table.ts";

/** The same inputs in every run: what they find is found again. `npm run fuzz` tries others. */
const SEED = 20_261_129;

const RUNS = 100;

describe("nearly right input", () => {
  it.each(targets)("is read, or refused as documented: $name", async ({ input, open }) => {
    const folder = join(await scratchFolder(), "f");
    await mkdir(folder);
    await using target = await open(folder);
    const property = fc.asyncProperty(input, (text) => target.run(text));
    await fc.assert(property, { seed: SEED, numRuns: RUNS });
  });
});

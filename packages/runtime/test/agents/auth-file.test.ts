import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { mergeAuthFile } from "../../src/agents/auth-file.ts";
import { scratchFolder } from "../support/scratch.ts";

it("C11: agents that share a home keep each other's keys, though each puts its own there at the same time", async () => {
  const path = join(await scratchFolder(), "opencode/auth.json");
  const keys = { one: { type: "api", key: "a" }, two: { type: "api", key: "b" } };
  await Promise.all([
    mergeAuthFile(path, { one: keys.one }),
    mergeAuthFile(path, { two: keys.two }),
  ]);
  expect(JSON.parse(await readFile(path, "utf8"))).toEqual(keys);
});

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { readlink } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { linkPrograms } from "../../scripts/lib/programs.mjs";
import { scratchFolder } from "../support/scratch.ts";

it("links the programs of each package where npx looks for them, again after an install", async () => {
  const root = await scratchFolder();
  const folder = join(root, "packages", "one");
  mkdirSync(join(folder, "dist"), { recursive: true });
  mkdirSync(join(root, "packages", "none"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ bin: { one: "dist/cli.js" } }));
  writeFileSync(join(root, "packages", "none", "package.json"), "{}");
  writeFileSync(join(folder, "dist", "cli.js"), "#!/usr/bin/env node\n");
  await linkPrograms(root);
  await linkPrograms(root);
  const path = join(root, "node_modules", ".bin", "one");
  expect(await readlink(path)).toBe("../../packages/one/dist/cli.js");
  expect(readFileSync(path, "utf8")).toContain("env node");
});

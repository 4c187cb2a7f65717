import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { sandboxAskers } from "../../src/build/sandbox-askers.ts";
import { scratchFolder } from "../support/scratch.ts";

async function askersOf(sandbox: object, env: Readonly<Record<string, string>> = {}) {
  const root = await scratchFolder();
  await writeFile(join(root, "sandboot.jsonc"), JSON.stringify(sandbox));
  return await sandboxAskers("sandboot.jsonc", { root, env });
}

it("asks for the providers of every agent that is OpenCode", async () => {
  const agents = [
    { id: "claude", kind: "acp", preset: "claude", env: { ANTHROPIC_API_KEY: "a" } },
    { id: "one", providers: ["openai"], auth: { house: { type: "api", key: "b" } } },
    { id: "two", kind: "opencode", config: { model: "google/gemini" }, env: { KEY: "c" } },
    { id: "three", kind: "acp", preset: "opencode", providers: ["anthropic"] },
  ];
  expect(await askersOf({ agents })).toEqual([
    { providers: ["openai"], config: {}, auth: { house: { type: "api", key: "b" } }, env: {} },
    { providers: [], config: { model: "google/gemini" }, auth: undefined, env: { KEY: "c" } },
    { providers: ["anthropic"], config: {}, auth: undefined, env: {} },
  ]);
});

it("asks for the session's model, also where no agent is OpenCode", async () => {
  const agents = [{ id: "claude", kind: "acp", preset: "claude" }];
  const env = { SESSION_CONFIG: JSON.stringify({ model: "x/y" }) };
  const asked = { providers: [], config: { model: "x/y" }, auth: undefined, env: {} };
  expect(await askersOf({ agents }, env)).toEqual([asked]);
  expect(await askersOf({ agent: {} }, env)).toEqual([asked]);
});

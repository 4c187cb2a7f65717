import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "jsonc-parser";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { ACP_AGENTS } from "../../../../scripts/acp-agents.mjs";
import { bindingJsonSchema, configJsonSchema } from "../../src/config/json-schema.ts";

const root = join(import.meta.dirname, "../../../..");
const published = join(root, "packages/runtime/schema/sandboot.schema.json");
const publishedBinding = join(root, "packages/runtime/schema/binding.schema.json");
const quickstart = join(root, "examples/quickstart/sandboot.jsonc");

/** As {@link ACP_AGENTS} has the others. */
async function openCode() {
  const name = "opencode-linux-x64";
  const text = await readFile(join(root, "packages/runtime/package.json"), "utf8");
  return { package: name, version: JSON.parse(text).devDependencies[name] };
}

const readQuickstart = async () =>
  parse(await readFile(quickstart, "utf8")) as Record<string, unknown>;

describe("the JSON Schema of sandboot.json", () => {
  it("is up to date (else `npx vitest run test/config/json-schema.test.ts -u`)", async () => {
    await expect(`${JSON.stringify(configJsonSchema(), null, 2)}\n`).toMatchFileSnapshot(published);
  });

  it("is referred to by the quickstart, whose config is valid", async () => {
    const config = await readQuickstart();
    expect(join(quickstart, "..", String(config["$schema"]))).toBe(published);
    const schema = z.fromJSONSchema(configJsonSchema() as Parameters<typeof z.fromJSONSchema>[0]);
    expect(schema.safeParse(config).error).toBeUndefined();
    expect(schema.safeParse({ ...config, hoks: {} }).success).toBe(false);
    expect(schema.safeParse({ ...config, agent: { port: 70_000 } }).success).toBe(false);
  });

  it.each(["claude", "codex", "gemini", "opencode"])(
    "fits the example of %s, which installs the version that is tried here",
    async (name) => {
      const folder = join(root, "examples/agents", name);
      const config = parse(await readFile(join(folder, "sandboot.jsonc"), "utf8"));
      const schema = z.fromJSONSchema(configJsonSchema() as Parameters<typeof z.fromJSONSchema>[0]);
      expect(schema.safeParse(config).error).toBeUndefined();
      const { dependencies } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
      const tried = name === "opencode" ? await openCode() : ACP_AGENTS[name];
      expect(dependencies).toEqual({ [tried?.package ?? ""]: tried?.version });
    },
  );

  it("has an example of opencode with the packages of that version", async () => {
    const file = join(root, "examples/agents/opencode/packages/package.json");
    const { dependencies } = JSON.parse(await readFile(file, "utf8"));
    expect(dependencies).toEqual({ "@opencode-ai/plugin": (await openCode())?.version });
  });

  it("makes keys with a default optional", () => {
    const schema = z.fromJSONSchema(configJsonSchema() as Parameters<typeof z.fromJSONSchema>[0]);
    expect(schema.safeParse({}).error).toBeUndefined();
  });
});

describe("the JSON Schema of a binding", () => {
  it("is up to date (else `npx vitest run test/config/json-schema.test.ts -u`)", async () => {
    const text = `${JSON.stringify(bindingJsonSchema(), null, 2)}\n`;
    await expect(text).toMatchFileSnapshot(publishedBinding);
  });

  it("takes what a platform sends, and refuses what the runtime refuses", () => {
    const schema = z.fromJSONSchema(bindingJsonSchema() as Parameters<typeof z.fromJSONSchema>[0]);
    const repositories = [{ url: "https://host/acme/shop.git" }];
    expect(schema.safeParse({ version: 1, id: "claim-7", repositories }).error).toBeUndefined();
    for (const wrong of [
      { version: 2 },
      { id: "a b" },
      { env: { A: 1 } },
      { tokens: { brige: "x" } },
    ]) {
      expect(schema.safeParse(wrong).success).toBe(false);
    }
  });
});

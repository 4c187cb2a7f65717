import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  agentStateWords,
  gateWords,
  ITSELF,
  kindWords,
  phaseWords,
  presentWords,
  processWords,
} from "@sandboot/runtime/protocol";
import { describe, expect, it } from "vitest";
import { waterfallTexts } from "../../src/model/waterfall-messages.ts";

const root = join(import.meta.dirname, "..", "..");

describe("what translators need", () => {
  it("has every message of the code in the bundle (vitest -u writes it anew)", async () => {
    const folder = join(root, "src");
    const files = await readdir(folder, { recursive: true });
    const sources = await Promise.all(
      files
        .filter((name) => name.endsWith(".ts"))
        .map((name) => readFile(join(folder, name), "utf8")),
    );
    const tables = [
      waterfallTexts,
      { ITSELF },
      kindWords,
      phaseWords,
      processWords,
      gateWords,
      agentStateWords,
      presentWords,
    ];
    const messages = new Set<string>(tables.flatMap((table) => Object.values(table)));
    for (const [, message] of sources.join("\n").matchAll(/\bt\(\s*"((?:[^"\\]|\\.)*)"/g)) {
      if (message !== undefined) messages.add(JSON.parse(`"${message}"`));
    }
    expect(messages.size).toBeGreaterThan(50);
    const bundle = Object.fromEntries([...messages].sort().map((message) => [message, message]));
    await expect(`${JSON.stringify(bundle, null, 2)}\n`).toMatchFileSnapshot(
      join(root, "l10n", "bundle.l10n.json"),
    );
  });

  it("has every text of package.json in package.nls.json, and none that nobody uses", async () => {
    const manifest = await readFile(join(root, "package.json"), "utf8");
    const texts = JSON.parse(await readFile(join(root, "package.nls.json"), "utf8"));
    const used = [...manifest.matchAll(/"%([^%]+)%"/g)].map(([, key]) => key ?? "");
    expect(Object.keys(texts).sort()).toEqual([...new Set(used)].sort());
  });
});

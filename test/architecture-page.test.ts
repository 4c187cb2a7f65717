import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readImportGraph } from "./architecture/import-graph.ts";
import { partsOf, regenerated } from "./architecture/page.ts";
import { house } from "./architecture/rooms.ts";

const root = join(import.meta.dirname, "..");
const path = join(root, "docs/architecture.md");
const page = readFileSync(path, "utf8");
const parts = partsOf(root, house);

describe("docs/architecture.md", () => {
  it("says what the sources say (`npx vitest run test/architecture-page.test.ts -u` writes it)", async () => {
    await expect(regenerated(page, parts)).toMatchFileSnapshot(path);
  });

  it("has each generated part once", () => {
    const markers = [...page.matchAll(/<!-- generated: ([\w-]+) -->/g)].map(([, name]) => name);
    expect(markers.toSorted()).toEqual(Object.keys(parts).toSorted());
  });

  it("lists each room once, with its purpose", () => {
    for (const [pkg, rooms] of Object.entries(house)) {
      const rows = parts[pkg]?.split("\n").slice(2) ?? [];
      expect(rows).toHaveLength(Object.keys(rooms).length);
      for (const [name, { purpose, files }] of Object.entries(rooms)) {
        expect(purpose, name).not.toBe("");
        const folder = join(root, "packages", pkg, "src", name);
        expect(existsSync(folder) || files !== undefined, folder).toBe(true);
      }
    }
  });

  it("knows things of each kind, and where", () => {
    const rows = parts["index"]?.split("\n").slice(2) ?? [];
    expect(rows.filter((row) => !/\| (\[[\w-]+\]\([^)]+\)|`[\w.]+`)/.test(row))).toEqual([]);
    for (const known of ["[agent-session]", "[http]", "[opencode]", "[ttyd]", "`boot.ready`"]) {
      expect(parts["index"]).toContain(known);
    }
  });

  it("draws every phase of an ordinary boot, the agent's start in the seed and the session in the binding", () => {
    const [seed = "", binding = ""] = parts["boot"]?.split("subgraph binding") ?? [];
    expect(seed).toContain('"agent.spawn"');
    expect(binding).toContain('"agent.session"');
    expect(parts["boot"]?.match(/^ {4}p\d+/gm)?.length).toBeGreaterThan(8);
  });

  it("follows the imports from the bin to the boot", () => {
    const [, section = ""] = page.split("## From the bin to the boot\n");
    const hops = [...section.matchAll(/^\d\. \[[^\]]+\]\(\.\.\/([^)]+)\)/gm)].map(
      ([, file]) => file,
    );
    expect(hops).toHaveLength(4);
    const graph = readImportGraph(root);
    for (const [at, from] of hops.slice(0, -1).entries()) {
      const imported = graph.filter((edge) => edge.from === from).map(({ to }) => to);
      expect(imported, from).toContain(hops[at + 1]);
    }
    const { bin } = JSON.parse(readFileSync(join(root, "packages/runtime/package.json"), "utf8"));
    expect(bin.sandboot).toBe("dist/cli.js");
    const bundle = readFileSync(join(root, "packages/runtime/build.mjs"), "utf8");
    expect(bundle).toContain('cli: "src/cli/main.ts"');
  });
});

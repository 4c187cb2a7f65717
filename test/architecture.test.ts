import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type ImportEdge, importsOf, readImportGraph } from "./architecture/import-graph.ts";
import { rules } from "./architecture/rules.ts";

const root = join(import.meta.dirname, "..");

describe("architecture", () => {
  const graph = readImportGraph(root);

  it("reads the sources of every package", () => {
    const packages = new Set(graph.map(({ from }) => from.split("/")[1]));
    expect([...packages].sort()).toEqual(["runtime", "stager", "vscode-ext"]);
  });

  it.each(rules)("$says", ({ broken }) => {
    expect(broken(graph)).toEqual([]);
  });
});

describe("each rule notices what it forbids", () => {
  const offences: Record<string, ImportEdge[]> = {
    "the stager imports nothing of the runtime or the extension": [
      { from: "packages/stager/src/install.ts", to: "@sandboot/runtime/protocol" },
      { from: "packages/stager/src/install.ts", to: "packages/runtime/src/base/clock.ts" },
    ],
    "the runtime imports the stager by its name, and nothing of the extension": [
      { from: "packages/runtime/src/boot/phases/stage.ts", to: "packages/stager/src/index.ts" },
      { from: "packages/runtime/src/boot/phases/stage.ts", to: "sandboot-vscode" },
    ],
    "the extension imports only the runtime's protocol": [
      { from: "packages/vscode-ext/src/model.ts", to: "@sandboot/stager" },
      { from: "packages/vscode-ext/src/model.ts", to: "packages/runtime/src/base/clock.ts" },
    ],
    "the graph knows no concrete phase": [
      {
        from: "packages/runtime/src/boot/graph/execute.ts",
        to: "packages/runtime/src/boot/phases/stage.ts",
      },
    ],
    "the protocol stands alone": [
      { from: "packages/runtime/src/protocol/event.ts", to: "packages/runtime/src/base/clock.ts" },
      { from: "packages/runtime/src/protocol/event.ts", to: "execa" },
    ],
  };

  it.each(Object.entries(offences))("%s", (says, edges) => {
    const rule = rules.find((candidate) => candidate.says === says);
    expect(rule?.broken(edges)).toEqual(edges.map(({ from, to }) => `${from} imports ${to}`));
  });

  it("no folders of the runtime import each other in a ring", () => {
    const rule = rules.find(({ says }) => says.includes("ring"));
    const edge = (from: string, to: string) => ({
      from: `packages/runtime/src/${from}`,
      to: `packages/runtime/src/${to}`,
    });
    const chain = [edge("a/x.ts", "b/y.ts"), edge("b/y.ts", "c/z.ts"), edge("d/w.ts", "a/x.ts")];
    expect(rule?.broken(chain)).toEqual([]);
    expect(rule?.broken([...chain, edge("c/other.ts", "a/more.ts")])).toEqual([
      [
        "ring of a, b, c:",
        "packages/runtime/src/a/x.ts imports packages/runtime/src/b/y.ts",
        "packages/runtime/src/b/y.ts imports packages/runtime/src/c/z.ts",
        "packages/runtime/src/c/other.ts imports packages/runtime/src/a/more.ts",
      ].join("\n  "),
    ]);
  });

  it("has an offence for every rule", () => {
    const tried = [
      ...Object.keys(offences),
      "no folders of the runtime import each other in a ring",
    ];
    expect(rules.map(({ says }) => says).sort()).toEqual(tried.sort());
  });
});

describe("importsOf", () => {
  it("sees every way to import", () => {
    const source = `
      import a from "./a.ts";
      import type { B } from "../b.ts";
      export { c } from "./deep/c.ts";
      export * from "zod";
      const d = await import("./d.ts");
      type E = import("./e.ts").E;
    `;
    const targets = importsOf("packages/x/src/room/file.ts", source).map(({ to }) => to);
    expect(targets.sort()).toEqual([
      "packages/x/src/b.ts",
      "packages/x/src/room/a.ts",
      "packages/x/src/room/d.ts",
      "packages/x/src/room/deep/c.ts",
      "packages/x/src/room/e.ts",
      "zod",
    ]);
  });

  it("refuses what it cannot parse", () => {
    expect(() => importsOf("packages/x/src/file.ts", "import {")).toThrow(
      "packages/x/src/file.ts does not parse",
    );
  });
});

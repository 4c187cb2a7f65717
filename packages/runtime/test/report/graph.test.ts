import { existsSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { planBoot } from "../../src/boot/phases/table.ts";
import type { Config } from "../../src/config/config.ts";
import { loadConfig } from "../../src/config/load.ts";
import type { PhasePlan } from "../../src/protocol/index.ts";
import { BOOT_MODES, type BootMode } from "../../src/protocol/modes.ts";
import { renderGraph } from "../../src/report/graph.ts";
import { renderGraphTree } from "../../src/report/graph-tree.ts";
import { sandbootBin } from "../support/sandboot.ts";
import { scratchFolder } from "../support/scratch.ts";

const root = join(import.meta.dirname, "../../../..");
const quickstart = join(root, "examples/quickstart/sandboot.jsonc");

const loaded = (mode: BootMode, env: Record<string, string> = {}): Promise<Config> =>
  loadConfig({ file: quickstart, mode, env, cwd: root });

const graphOf = async (mode: BootMode) =>
  renderGraph({ mode, phases: planBoot(await loaded(mode)).phases }, "mermaid");

describe("sandboot graph", () => {
  it("docs/graph.md is what the command prints (`npx vitest run test/report/graph.test.ts -u` writes it)", async () => {
    const parts = await Promise.all(
      BOOT_MODES.map(
        async (mode) => `## \`${mode}\`\n\n\`\`\`mermaid\n${await graphOf(mode)}\`\`\`\n`,
      ),
    );
    await expect(`${INTRODUCTION}\n${parts.join("\n")}`).toMatchFileSnapshot(
      join(root, "docs/graph.md"),
    );
  });

  it("draws each phase once, and an arrow for each need", async () => {
    const { phases } = planBoot(await loaded("fresh"));
    const text = renderGraph({ mode: "fresh", phases }, "dot");
    const arrows = text.split("\n").flatMap((line) => {
      const [, from, to] = /^ {2}"(.+)" -> "(.+)";$/.exec(line) ?? [];
      return from === undefined ? [] : [`${from} > ${to}`];
    });
    expect(arrows).toEqual(
      phases.flatMap(({ id, needs }) => needs.map((need) => `${need} > ${id}`)),
    );
    for (const { id } of phases) expect(text.split(`  "${id}" [`)).toHaveLength(2);
  });

  it("draws what ends a phase early apart from what it needs", () => {
    const ends: PhasePlan[] = [
      { id: "spawn", title: "Spawn", needs: [], where: "main", required: true },
      {
        id: "ahead",
        title: "Ahead",
        needs: [],
        until: ["spawn", "a prompt"],
        where: "workers",
        required: false,
      },
    ];
    const view = { mode: "fresh", phases: ends } as const;
    expect(renderGraph(view, "mermaid")).toContain("  p0 -.-x p1\n  classDef");
    expect(renderGraph(view, "dot")).toContain(
      '  "spawn" -> "ahead" [style=dotted, arrowhead=tee];\n}',
    );
  });

  it("is a tree in a terminal: each phase once, below a need, with its other needs beside it", async () => {
    const { phases } = planBoot(await loaded("repo_image"));
    const look = { columns: 200, colour: false, unicode: true };
    const [title, , ...lines] = renderGraphTree({ mode: "repo_image", phases }, look).split("\n");
    expect(title).toBe(`  repo_image, ${phases.length} phases`);
    const rows = lines.slice(0, -1).map((line) => {
      const [, indent = "", id = "", about = ""] = /^([ │├└─]*)(\S+) *(.*)$/.exec(line) ?? [];
      return { level: (indent.length - 2) / 3, id, about };
    });
    expect(rows.map(({ id }) => id).toSorted()).toEqual(phases.map(({ id }) => id).toSorted());
    for (const [at, { id, level, about }] of rows.entries()) {
      const above: string[] = [];
      for (let up = at, next = level - 1; next >= 0; up -= 1) {
        if (rows[up]?.level !== next) continue;
        above.push(rows[up]?.id ?? "");
        next -= 1;
      }
      const needs = phases.find((phase) => phase.id === id)?.needs ?? [];
      for (const need of needs) if (!above.includes(need)) expect(about).toContain(need);
      expect(level === 0 ? needs.length === 0 : needs.includes(above[0] ?? "")).toBe(true);
    }
  });

  it("makes names with quotes and backslashes harmless", () => {
    const title = 'a "b"';
    const phases: PhasePlan[] = [{ id: 'x"y\\z', title, needs: [], where: "main", required: true }];
    expect(renderGraph({ mode: "fresh", phases }, "dot")).toContain(
      '"x\\"y\\\\z" [tooltip="a \\"b\\""]',
    );
    expect(renderGraph({ mode: "fresh", phases }, "mermaid")).toContain('["x#quot;y\\z"]');
  });

  it("the command prints it and leaves nothing behind", async () => {
    const folder = await scratchFolder();
    const { stdout } = await execa(sandbootBin, ["graph", "--mode", "build"], {
      cwd: folder,
      env: { REPO_OWNER: "me", REPO_NAME: "shop" },
    });
    expect(stdout).toContain("workspace.sync:shop");
    expect(stdout).toContain("hook.setup:shop");
    expect(stdout).not.toContain("agent.spawn");
    expect(existsSync(join(folder, ".sandboot"))).toBe(false);
  });
});

const INTRODUCTION = `# What waits for what

\`sandboot graph [--config F] [--mode M] [--format tree|mermaid|dot]\` prints the graph that a boot with this configuration would
run, from the same table of phases that a boot uses. Nothing is started. \`--format dot\` is for Graphviz: \`sandboot graph --format dot | dot -Tsvg\`.

An arrow points from a phase to one that needs it; phases with no path between them run in parallel. A dashed border marks an
optional phase, whose failure is a warning; round corners mark a phase that works in threads. A dotted line with a cross
points to a phase that is cancelled when the other one starts.

This page is generated by that command, from \`examples/quickstart/sandboot.jsonc\`.
`;

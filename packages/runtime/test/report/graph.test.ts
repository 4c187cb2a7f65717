import { existsSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { planBoot } from "../../src/boot/plan-boot.ts";
import type { Config } from "../../src/config/config.ts";
import { loadConfig } from "../../src/config/load.ts";
import type { PhasePlan } from "../../src/protocol/index.ts";
import { BOOT_MODES, type BootMode } from "../../src/protocol/modes.ts";
import { renderGraph } from "../../src/report/graph.ts";
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

\`sandboot graph [--config F] [--mode M] [--format mermaid|dot]\` prints the graph that a boot with this configuration would
run, from the same table of phases that boots. Nothing is started. \`--format dot\` is for Graphviz: \`sandboot graph --format dot | dot -Tsvg\`.

An arrow goes from what is needed to what needs it; everything else runs at once. A dashed border: optional, its failure is a
warning. Round corners: its work is done in threads.

This page is made by that command, with \`examples/quickstart/sandboot.jsonc\`.
`;

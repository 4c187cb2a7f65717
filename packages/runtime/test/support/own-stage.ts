import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { nodeUnderTest } from "../../../../test/support/node-under-test.ts";
import { type Files, writeFiles } from "./git.ts";
import { stagerBin } from "./stage.ts";

/**
 * Builds a small stage for one test, by the command that image builds use: a linked tree, copies, a gated tool.
 *
 * @returns Its folder.
 */
export async function buildOwnStage(
  folder: string,
  {
    extra = {},
    entries = [],
  }: {
    /** More files to build from. */
    readonly extra?: Files;
    /** More entries of the plan. */
    readonly entries?: readonly object[];
  } = {},
): Promise<string> {
  const root = join(folder, "plan");
  await mkdir(root, { recursive: true });
  await writeFiles(root, {
    "modules/a/index.js": "export const a = 1;\n",
    "modules/b/index.js": "export const b = 2;\n",
    "tool/open.js": "export default 'open';\n",
    "gated/secret.js": "export default 'gated';\n",
    "skill/one/SKILL.md": "# One\n",
    ...extra,
  });
  const plan = {
    agentVersion: "1.0.0",
    entries: [
      { from: "modules", to: "config/node_modules", kind: "link" },
      { from: "tool/*.js", to: "config/tool/" },
      { from: "gated/*.js", to: "config/tool/", gate: "GATE_IS_OPEN=true" },
      { from: "skill/*", to: "config/skill/", kind: "tree", isolation: "private" },
      ...entries,
    ],
  };
  await writeFile(join(root, "stage.plan.json"), JSON.stringify(plan));
  const out = join(folder, "stage");
  await execa(nodeUnderTest, [
    stagerBin,
    "build",
    "--plan",
    join(root, "stage.plan.json"),
    "--out",
    out,
  ]);
  return out;
}

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildStage, type StagePool } from "@sandboot/stager";
import { makeStage } from "../../examples/quickstart/make-demo.mjs";

/** A stage of one tree and that tree as it lies there, for programs that copy folders. */
export interface Tree {
  readonly id: string;
  readonly title: string;
  readonly files: number;
  readonly bytes: number;
  readonly folder: string;
  readonly stageDir: string;
}

/** The quickstart's stage: what a boot really installs by links. */
export async function demoStage(folder: string): Promise<string> {
  await makeStage(folder);
  return join(folder, "stage");
}

/** What `@opencode-ai/plugin` brings: some thousand files, a few of them large. */
export async function pluginTree(pool: StagePool, folder: string, stage: string): Promise<Tree> {
  const source = join(stage, "files/config/node_modules");
  return stageOf(pool, folder, { id: "plugin", title: "plugin tree", source });
}

const FOLDERS = 2_000;
const FILES_IN_EACH = 25;

/** 50,000 files of 0 to 8 kB. */
export async function manyFilesTree(pool: StagePool, folder: string): Promise<Tree> {
  const source = join(folder, "many-files");
  if (!existsSync(`${source}.done`)) {
    rmSync(source, { recursive: true, force: true });
    const content = Buffer.alloc(8_000, "sandboot ");
    for (let at = 0; at < FOLDERS; at++) {
      const parent = join(source, String(at % 40), String(at));
      mkdirSync(parent, { recursive: true });
      for (let index = 0; index < FILES_IN_EACH; index++) {
        // The same sizes each time, spread evenly.
        const bytes = ((at * FILES_IN_EACH + index) * 7_919) % content.length;
        writeFileSync(join(parent, `${index}.js`), content.subarray(0, bytes));
      }
    }
    writeFileSync(`${source}.done`, "");
  }
  return stageOf(pool, folder, { id: "many", title: "50,000 files", source });
}

async function stageOf(
  pool: StagePool,
  folder: string,
  tree: { readonly id: string; readonly title: string; readonly source: string },
): Promise<Tree> {
  const planFile = join(folder, `${tree.id}.plan.json`);
  const entry = { from: tree.source, to: "tree", kind: "tree", isolation: "private" };
  writeFileSync(planFile, JSON.stringify({ entries: [entry] }));
  const stageDir = join(folder, `${tree.id}-stage`);
  const signal = new AbortController().signal;
  const { entries } = await buildStage({ pool, planFile, outDir: stageDir, signal });
  const [{ files, bytes } = { files: 0, bytes: 0 }] = entries;
  const { id, title } = tree;
  return { id, title, files, bytes, folder: join(stageDir, "files/tree"), stageDir };
}

/** Puts a copy of a tree's stage on another file system. */
export function copyTree(tree: Tree, folder: string): Tree {
  const stageDir = join(folder, `${tree.id}-stage`);
  const { status } = spawnSync("cp", ["-a", tree.stageDir, stageDir]);
  if (status !== 0) throw new Error(`the tree could not be copied to ${folder}`);
  return { ...tree, stageDir, folder: join(stageDir, "files/tree") };
}

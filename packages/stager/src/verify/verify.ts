import { join } from "node:path";
import { FILES_FOLDER, LISTING_FILE, STAGE_FILE, type StageFile } from "../manifest.ts";
import type { StagePool } from "../pool.ts";
import { entryHash, stageId } from "../stage-id.ts";
import { byPath } from "../tree/paths.ts";
import { shardByBytes } from "../tree/shard.ts";
import { hash } from "../tree/tasks.ts";
import { readStageContents, type StageContents } from "./contents.ts";
import { verify } from "./tasks.ts";
import type { StageProblem } from "./verify-task.ts";

/**
 * Compares a stage with what was built: existence, types, sizes, modes and links. With `deep` also all contents.
 *
 * @returns The differences; none when the stage is intact.
 * @throws StageUnusable when the folder is not a stage, or has another format.
 */
export async function verifyStage(options: {
  readonly stageDir: string;
  readonly deep: boolean;
  readonly pool: StagePool;
  readonly signal: AbortSignal;
}): Promise<readonly StageProblem[]> {
  const { stageDir, deep, pool, signal } = options;
  const contents = await readStageContents(stageDir);
  const root = join(stageDir, FILES_FOLDER);
  const problems = [
    ...checkNotes(contents),
    ...(await pool.runCancellable(verify, { root, files: contents.files }, signal)),
  ];
  if (!deep) return problems;
  const bad = new Set(problems.map(({ path }) => path));
  const sound = contents.files.filter((file) => file.type === "file" && !bad.has(file.path));
  return [...problems, ...(await compareContents(sound as FileOfStage[], root, pool, signal))];
}

type FileOfStage = StageFile & { readonly type: "file" };

/** Checks that id, entries and list of files in the stage's own files agree. */
function checkNotes({ manifest, files }: StageContents): StageProblem[] {
  const { id, agentVersion, entries } = manifest;
  const problems: StageProblem[] = [];
  const check = (path: string, expected: string, found: string) => {
    if (expected === found) return;
    problems.push({
      path,
      problem: "content",
      expected: `sha256 ${expected}`,
      found: `sha256 ${found}`,
    });
  };
  check(STAGE_FILE, id, stageId(agentVersion, entries));
  for (const { path, sha256 } of entries) {
    const own = files.filter((file) => file.path === path || file.path.startsWith(`${path}/`));
    check(`${LISTING_FILE} (${path})`, sha256, entryHash(path, own));
  }
  return problems;
}

async function compareContents(
  files: readonly FileOfStage[],
  root: string,
  pool: StagePool,
  signal: AbortSignal,
): Promise<StageProblem[]> {
  const found = await Promise.all(
    shardByBytes(files, pool.threads).map(async (shard) => {
      const paths = shard.map(({ path }) => join(root, path));
      const hashes = await pool.runCancellable(hash, { paths }, signal);
      return shard.flatMap(({ path, sha256 }, index): StageProblem[] => {
        const read = hashes[index]?.sha256;
        if (read === sha256) return [];
        const [expected, found] = [`sha256 ${sha256}`, `sha256 ${read}`];
        return [{ path, problem: "content", expected, found }];
      });
    }),
  );
  return found.flat().sort(byPath);
}

import { lstat, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import {
  FILES_FOLDER,
  LISTING_FILE,
  parseManifest,
  STAGE_FILE,
  type StageFile,
  type StageManifest,
  StageUnusable,
} from "./manifest.ts";
import type { StagePool } from "./pool.ts";
import { shardByBytes } from "./tree/shard.ts";
import { walk } from "./tree/walk.ts";

/** One thing that is not as the stage was built. */
export interface StageProblem {
  readonly path: string;
  readonly problem: "missing" | "unexpected" | "type" | "size" | "mode" | "content" | "target";
  readonly expected: string;
  readonly found: string;
}

/** A stage as it was built: what `stage.json` and `files.json` say. */
export interface StageContents {
  readonly manifest: StageManifest;
  readonly files: readonly StageFile[];
}

/** @throws {@link StageUnusable} when it is no stage, or one of another format. */
export async function readStageContents(stageDir: string): Promise<StageContents> {
  const read = async (name: string): Promise<{ path: string; text: string }> => {
    const path = join(stageDir, name);
    try {
      return { path, text: await readFile(path, "utf8") };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new StageUnusable(
        code === "ENOENT" ? "there is no such file" : `it cannot be read (${code})`,
        path,
      );
    }
  };
  const stage = await read(STAGE_FILE);
  const manifest = parseManifest(stage.text, stage.path);
  const listing = await read(LISTING_FILE);
  try {
    return { manifest, files: JSON.parse(listing.text) as StageFile[] };
  } catch {
    throw new StageUnusable("it is not JSON: cut off, or damaged", listing.path);
  }
}

/**
 * Holds a stage against what was built: existence, types, sizes, modes and links, and with `deep` every content.
 *
 * @returns What differs; nothing when the stage is whole.
 * @throws {@link StageUnusable}
 */
export async function verifyStage(options: {
  readonly stageDir: string;
  readonly deep: boolean;
  readonly pool: StagePool;
}): Promise<readonly StageProblem[]> {
  const { stageDir, deep, pool } = options;
  const { files } = await readStageContents(stageDir);
  const root = join(stageDir, FILES_FOLDER);
  const problems: StageProblem[] = [];
  const sound: (StageFile & { type: "file" })[] = [];
  for (const file of files) {
    const problem = await compare(file, join(root, file.path));
    if (problem !== null) problems.push({ path: file.path, ...problem });
    else if (file.type === "file") sound.push(file);
  }
  const known = new Set(files.flatMap(({ path }) => [path, ...parentsOf(path)]));
  for (const { path, type } of await walk(root)) {
    if (path !== "" && !known.has(path)) {
      problems.push({ path, problem: "unexpected", expected: "nothing", found: type });
    }
  }
  if (deep) problems.push(...(await compareContents(sound, root, pool)));
  return problems;
}

async function compare(file: StageFile, path: string): Promise<Omit<StageProblem, "path"> | null> {
  let stat: Awaited<ReturnType<typeof lstat>>;
  try {
    stat = await lstat(path);
  } catch (error) {
    const found = (error as NodeJS.ErrnoException).code ?? "nothing";
    return { problem: "missing", expected: file.type, found };
  }
  const type = stat.isSymbolicLink() ? "link" : stat.isDirectory() ? "folder" : "file";
  if (type !== file.type) return { problem: "type", expected: file.type, found: type };
  if (file.type === "link") {
    const target = await readlink(path);
    return target === file.target
      ? null
      : { problem: "target", expected: file.target, found: target };
  }
  if (file.type === "folder") return null;
  if (stat.size !== file.bytes) {
    return { problem: "size", expected: `${file.bytes} bytes`, found: `${stat.size} bytes` };
  }
  const mode = stat.mode & 0o777;
  return mode === file.mode
    ? null
    : { problem: "mode", expected: octal(file.mode), found: octal(mode) };
}

async function compareContents(
  files: readonly (StageFile & { type: "file" })[],
  root: string,
  pool: StagePool,
): Promise<StageProblem[]> {
  const found = await Promise.all(
    shardByBytes(files, pool.threads).map(async (shard) => {
      const hashes = await pool.run("hash", {
        files: shard.map(({ path }) => ({ path: join(root, path) })),
      });
      return shard.flatMap(({ path, sha256 }, index): StageProblem[] =>
        hashes[index] === sha256
          ? []
          : [
              {
                path,
                problem: "content",
                expected: `sha256 ${sha256}`,
                found: `sha256 ${hashes[index]}`,
              },
            ],
      );
    }),
  );
  return found.flat().sort((a, b) => (a.path < b.path ? -1 : 1));
}

function parentsOf(path: string): string[] {
  const parts = path.split("/");
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join("/"));
}

function octal(mode: number): string {
  return `0${mode.toString(8)}`;
}

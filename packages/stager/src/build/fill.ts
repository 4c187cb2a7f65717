import { mkdir, symlink } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { StageBuildError } from "../build-error.ts";
import type { StageFile } from "../manifest.ts";
import type { StagePool } from "../pool.ts";
import { runAll } from "../run-all.ts";
import type { PlaceWork } from "../strategies/place-files.ts";
import { place } from "../strategies/tasks.ts";
import { packFiles } from "../tree/packed.ts";
import { byPath } from "../tree/paths.ts";
import { hash, walk } from "../tree/tasks.ts";
import { type TreeFile, type TreeNode, UnsupportedFile } from "../tree/walk.ts";
import { checkLinks } from "./links.ts";
import type { StageSource } from "./sources.ts";

/** A source that has been copied into the stage. */
export interface Filled {
  readonly source: StageSource;
  /** Everything in it, sorted by path; the source's own path is the first. */
  readonly files: readonly StageFile[];
}

export interface FillOptions {
  readonly pool: StagePool;
  readonly signal: AbortSignal;
  /** Seconds since 1970. Newer files get this time. */
  readonly sourceDateEpoch: number | undefined;
  /** Called with the number of files done and of all files. */
  readonly onProgress: ((done: number, total: number) => void) | undefined;
}

/** How many files a thread copies and hashes at a time; few enough for a smooth progress bar. */
const BATCH_FILES = 200;

/**
 * Copies all sources into a stage, read-only, and hashes the copies, with all threads.
 *
 * @throws {@link StageBuildError} that names the entry.
 */
export async function fillStage(
  sources: readonly StageSource[],
  filesDir: string,
  options: FillOptions,
): Promise<Filled[]> {
  const { pool, signal, onProgress } = options;
  const trees: { source: StageSource; nodes: readonly TreeNode[] }[] = [];
  for (const source of sources) {
    const nodes = await nodesOf(source, pool, signal);
    await checkLinks(source, nodes);
    trees.push({ source, nodes });
  }
  for (const { source, nodes } of trees) await makeFolders(source, nodes, filesDir);
  const batches = trees.flatMap(({ source, nodes }) =>
    batchesOf(nodes.filter((node) => node.type === "file")).map((files) => ({ source, files })),
  );
  const total = batches.reduce((sum, { files }) => sum + files.length, 0);
  let done = 0;
  const contents = new Map<string, { sha256: string; bytes: number }>();
  await runAll(batches, signal, async ({ source, files }, either) => {
    const hashes = await fillBatch(source, files, { ...options, filesDir, signal: either });
    for (const [index, file] of files.entries()) {
      const content = hashes[index];
      if (content !== undefined) contents.set(pathIn(source, file), content);
    }
    done += files.length;
    onProgress?.(done, total);
  });
  return trees.map(({ source, nodes }) => ({
    source,
    files: nodes.map((node) => describe(node, source, contents)).sort(byPath),
  }));
}

async function nodesOf(
  source: StageSource,
  pool: StagePool,
  signal: AbortSignal,
): Promise<readonly TreeNode[]> {
  if (source.linkTo !== undefined) {
    const target = relative(dirname(source.to), source.linkTo);
    return [{ path: "", type: "link", target, mtimeMs: 0 }];
  }
  try {
    const nodes = await pool.runCancellable(walk, { root: source.from }, signal);
    return nodes.filter(({ path }) => path === "" || !source.isExcluded(path));
  } catch (error) {
    throw ofSource(source, error);
  }
}

async function makeFolders(
  source: StageSource,
  nodes: readonly TreeNode[],
  filesDir: string,
): Promise<void> {
  try {
    await mkdir(join(filesDir, dirname(source.to)), { recursive: true });
    for (const node of nodes) {
      const to = join(filesDir, pathIn(source, node));
      if (node.type === "folder") await mkdir(to);
      else if (node.type === "link") await symlink(node.target, to);
    }
  } catch (error) {
    throw ofSource(source, error);
  }
}

async function fillBatch(
  source: StageSource,
  files: readonly TreeFile[],
  options: FillOptions & { readonly filesDir: string },
): Promise<{ sha256: string; bytes: number }[]> {
  const { pool, signal, sourceDateEpoch, filesDir } = options;
  const latestMs = (sourceDateEpoch ?? Number.POSITIVE_INFINITY) * 1000;
  const target = join(filesDir, source.to);
  const inStage = files.map((file) => ({
    ...file,
    mode: readOnly(file.mode),
    mtimeMs: Math.min(file.mtimeMs, latestMs),
  }));
  const work: PlaceWork = {
    source: source.from,
    target,
    strategy: "copy",
    ofStage: false,
    mode: null,
    grantedMode: 0,
  };
  try {
    await pool.runCancellable(place, { work, files: packFiles(inStage) }, signal);
    const paths = files.map(({ path }) => (path === "" ? target : join(target, path)));
    return await pool.runCancellable(hash, { paths }, signal);
  } catch (error) {
    throw ofSource(source, error);
  }
}

/** Adds the entry to an error of the file system. */
function ofSource(source: StageSource, error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const isSystemError = (error as NodeJS.ErrnoException).syscall !== undefined;
  if (!isSystemError && !(error instanceof UnsupportedFile)) return error;
  return new StageBuildError(source.subject, error.message, { cause: error });
}

function batchesOf(files: readonly TreeFile[]): TreeFile[][] {
  return Array.from({ length: Math.ceil(files.length / BATCH_FILES) }, (_, index) =>
    files.slice(index * BATCH_FILES, (index + 1) * BATCH_FILES),
  );
}

function pathIn({ to }: StageSource, { path }: TreeNode): string {
  return path === "" ? to : `${to}/${path}`;
}

function readOnly(mode: number): number {
  return (mode & 0o555) | 0o444;
}

function describe(
  node: TreeNode,
  source: StageSource,
  contents: ReadonlyMap<string, { sha256: string; bytes: number }>,
): StageFile {
  const path = pathIn(source, node);
  switch (node.type) {
    case "folder":
      return { path, type: "folder" };
    case "link":
      return { path, type: "link", target: node.target };
    case "file": {
      const content = contents.get(path);
      if (content === undefined) throw new Error(`${path} was not copied`);
      return { path, type: "file", mode: readOnly(node.mode), ...content };
    }
    default:
      return node satisfies never;
  }
}

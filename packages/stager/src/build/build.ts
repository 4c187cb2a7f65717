import { createHash } from "node:crypto";
import {
  chmod,
  copyFile,
  lstat,
  mkdir,
  rename,
  rm,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { dirname, join, matchesGlob, relative, resolve } from "node:path";
import { lockFolder } from "../lock.ts";
import {
  FILES_FOLDER,
  FORMAT_VERSION,
  LISTING_FILE,
  STAGE_FILE,
  type StageEntry,
  type StageFile,
  type StageManifest,
} from "../manifest.ts";
import { readPlan } from "../plan/read.ts";
import type { StagePool } from "../pool.ts";
import { shardByBytes } from "../tree/shard.ts";
import { type TreeNode, UnsupportedFile, walk } from "../tree/walk.ts";
import { STAGER_VERSION } from "../version.ts";
import { StageBuildError } from "./error.ts";
import { npmSources } from "./npm.ts";
import { refuseClashes, refuseEscape, type StageSource, sourcesOf } from "./sources.ts";

export interface BuildOptions {
  readonly pool: StagePool;
  readonly planFile: string;
  readonly outDir: string;
  readonly signal: AbortSignal;
  /** Seconds since 1970; files that are newer get this time, so that the same inputs give the same bytes. */
  readonly sourceDateEpoch?: number | undefined;
  /** Files done, of how many. */
  readonly onProgress?: (done: number, total: number) => void;
}

interface Placed {
  readonly source: StageSource;
  readonly files: readonly StageFile[];
}

/**
 * Builds a stage beside `outDir` and swaps it in. A build that fails leaves no stage behind, and the one that was there
 * as it was.
 *
 * @throws {@link StageBuildError} that names the entry of the plan.
 * @see https://reproducible-builds.org/specs/source-date-epoch/
 */
export async function buildStage(options: BuildOptions): Promise<StageManifest> {
  const { plan, root } = await readPlan(options.planFile);
  const out = resolve(options.outDir);
  const making = `${out}.making`;
  const { signal } = options;
  await using _lock = await lockFolder(out, signal);
  // What a killed build left behind.
  await discard(making, out);
  try {
    const fromNpm = [];
    for (const [index, npm] of plan.npm.entries()) {
      fromNpm.push(
        ...(await npmSources(npm, { root, workDir: join(making, "npm", String(index)), signal })),
      );
    }
    const fromEntries = await Promise.all(plan.entries.map((entry) => sourcesOf(entry, root)));
    const sources = [...fromNpm, ...fromEntries.flat()];
    refuseClashes(sources);

    const filesDir = join(making, FILES_FOLDER);
    await mkdir(filesDir, { recursive: true });
    const placed = await placeAll(sources, filesDir, options);
    await rm(join(making, "npm"), { recursive: true, force: true });
    const manifest = describeStage(placed, plan.agentVersion ?? null);
    const listing = placed.flatMap(({ files }) => files).sort(byPath);
    await writeFile(join(making, LISTING_FILE), `${JSON.stringify(listing)}\n`);
    await writeFile(join(making, STAGE_FILE), `${JSON.stringify(manifest, null, 2)}\n`);
    signal.throwIfAborted();
    await swapIn(making, out);
    return manifest;
  } catch (error) {
    if (error instanceof UnsupportedFile)
      throw new StageBuildError(error.path, error.message, { cause: error });
    throw error;
  } finally {
    await discard(making, out);
  }
}

/** Copies everything, read-only, and hashes it in the workers, each its share. */
async function placeAll(
  sources: readonly StageSource[],
  filesDir: string,
  options: BuildOptions,
): Promise<Placed[]> {
  const { pool, signal, onProgress } = options;
  const trees = await Promise.all(
    sources.map(async (source) => ({ source, nodes: await nodesOf(source) })),
  );
  const total = trees.reduce((sum, { nodes }) => sum + nodes.length, 0);
  let done = 0;
  const hashed: { path: string; bytes: number }[] = [];
  for (const { source, nodes } of trees) {
    for (const node of nodes) {
      signal.throwIfAborted();
      await placeNode(node, source, filesDir, options.sourceDateEpoch);
      if (node.type === "file") hashed.push({ path: pathIn(source, node), bytes: node.bytes });
      done += 1;
      onProgress?.(done, total);
    }
  }
  const hashes = new Map<string, string>();
  await Promise.all(
    shardByBytes(hashed, pool.threads).map(async (shard) => {
      const files = shard.map(({ path }) => ({ path: join(filesDir, path) }));
      const found = await pool.run("hash", { files });
      for (const [index, { path }] of shard.entries()) hashes.set(path, found[index] ?? "");
    }),
  );
  return trees.map(({ source, nodes }) => ({
    source,
    files: nodes.map((node) => describeFile(node, source, hashes)).sort(byPath),
  }));
}

async function nodesOf(source: StageSource): Promise<TreeNode[]> {
  if (source.linkTo === undefined) return (await walk(source.from)).filter(keeps(source));
  return [{ path: "", type: "link", target: relative(dirname(source.to), source.linkTo) }];
}

function keeps({ from, exclude }: StageSource): (node: TreeNode) => boolean {
  return ({ path }) => {
    const parts = path.split("/");
    // An excluded folder takes with it what is in it.
    const parents = parts.map((_, index) => parts.slice(0, index + 1).join("/"));
    return (
      path === "" ||
      !exclude.some((pattern) =>
        parents.some(
          (parent) => matchesGlob(parent, pattern) || matchesGlob(join(from, parent), pattern),
        ),
      )
    );
  };
}

function pathIn({ to }: StageSource, { path }: TreeNode): string {
  return path === "" ? to : `${to}/${path}`;
}

async function placeNode(
  node: TreeNode,
  source: StageSource,
  filesDir: string,
  sourceDateEpoch: number | undefined,
): Promise<void> {
  const from = node.path === "" ? source.from : join(source.from, node.path);
  const to = join(filesDir, pathIn(source, node));
  if (node.path === "") await mkdir(dirname(to), { recursive: true });
  switch (node.type) {
    case "folder":
      await mkdir(to, { recursive: true });
      return;
    case "link":
      if (source.linkTo === undefined)
        await refuseEscape({ path: from, target: node.target }, source);
      await symlink(node.target, to);
      return;
    case "file": {
      await copyFile(from, to);
      await chmod(to, readOnly(node.mode));
      const seconds = Math.min(node.mtimeMs / 1000, sourceDateEpoch ?? Number.POSITIVE_INFINITY);
      await utimes(to, seconds, seconds);
      return;
    }
    default:
      node satisfies never;
  }
}

function readOnly(mode: number): number {
  return (mode & 0o555) | 0o444;
}

function describeFile(
  node: TreeNode,
  source: StageSource,
  hashes: ReadonlyMap<string, string>,
): StageFile {
  const path = pathIn(source, node);
  switch (node.type) {
    case "folder":
      return { path, type: "folder", mode: 0o755 };
    case "link":
      return { path, type: "link", target: node.target };
    case "file":
      return {
        path,
        type: "file",
        mode: readOnly(node.mode),
        bytes: node.bytes,
        sha256: hashes.get(path) ?? "",
      };
    default:
      return node satisfies never;
  }
}

function describeStage(placed: readonly Placed[], agentVersion: string | null): StageManifest {
  const entries = placed.map(describeEntry).sort(byPath);
  const id = sha256(JSON.stringify({ agentVersion, entries }));
  return {
    formatVersion: FORMAT_VERSION,
    id,
    stagerVersion: STAGER_VERSION,
    agentVersion,
    entries,
  };
}

function describeEntry({ source, files }: Placed): StageEntry {
  const [top] = files;
  const contents = files.filter((file) => file.type === "file");
  const type = top?.type ?? "file";
  return {
    path: source.to,
    kind: source.kind,
    isolation: source.isolation,
    ...(source.gate !== undefined && { gate: source.gate }),
    type,
    mode: source.mode ?? (top?.type === "file" ? top.mode | 0o200 : 0o755),
    bytes: contents.reduce((sum, { bytes }) => sum + bytes, 0),
    files: contents.length,
    sha256: sha256(
      JSON.stringify(files.map((file) => ({ ...file, path: relative(source.to, file.path) }))),
    ),
  };
}

/** Two renames and not one: a folder cannot be renamed over a folder that is not empty. */
async function swapIn(making: string, out: string): Promise<void> {
  if (await exists(out)) await rename(out, `${making}-old`);
  await rename(making, out);
}

/** Clears away an unfinished build; a stage that it had already taken out of the way is put back. */
async function discard(making: string, out: string): Promise<void> {
  await rm(making, { recursive: true, force: true });
  const old = `${making}-old`;
  if (!(await exists(old))) return;
  if (await exists(out)) await rm(old, { recursive: true, force: true });
  else await rename(old, out);
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  return a.path < b.path ? -1 : 1;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

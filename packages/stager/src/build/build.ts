import { lstat, mkdir, readdir, realpath, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { StageBuildError, StagePlanError } from "../build-error.ts";
import { sayLimit, spareDescriptors } from "../descriptors.ts";
import { lockFolder } from "../lock.ts";
import { FILES_FOLDER, LISTING_FILE, STAGE_FILE, type StageManifest } from "../manifest.ts";
import { type LoadedPlan, readPlan } from "../plan/read.ts";
import type { StagePool } from "../pool.ts";
import { byPath, isBelow } from "../tree/paths.ts";
import { catalogueSources } from "./catalogue.ts";
import { describeStage } from "./describe.ts";
import { type FillOptions, fillStage } from "./fill.ts";
import { setModes } from "./modes.ts";
import { npmSources } from "./npm.ts";
import { refuseClashes, type StageSource, sourcesOf } from "./sources.ts";
import { setTimes } from "./times.ts";

/** A folder in the unfinished stage for temporary files of the build. */
const WORK_FOLDER = "work";

export interface BuildOptions {
  readonly pool: StagePool;
  readonly planFile: string;
  readonly outDir: string;
  readonly signal: AbortSignal;
  /** Seconds since 1970. Newer files get this time, so that the same inputs give the same bytes. */
  readonly sourceDateEpoch?: number | undefined;
  /** Called with the number of files done and of all files. */
  readonly onProgress?: FillOptions["onProgress"];
}

/**
 * Builds a stage beside `outDir` and then moves it there. A build that fails leaves nothing behind, and does not change an
 * existing stage.
 *
 * @throws StageBuildError that names the entry of the plan.
 * @see https://reproducible-builds.org/specs/source-date-epoch/
 */
export async function buildStage(options: BuildOptions): Promise<StageManifest> {
  const loaded = await readPlan(options.planFile);
  const out = resolve(options.outDir);
  const making = `${out}.making`;
  const { pool, signal, sourceDateEpoch, onProgress } = options;
  using spare = spareDescriptors(out);
  await using _lock = await lockFolder(out, signal);
  // Removes what a killed build left behind.
  await discard(making, out);
  await refuseOtherFolder(out);
  try {
    const workDir = join(making, WORK_FOLDER);
    const { sources, catalogue } = await allSources(loaded, workDir, signal);
    refuseClashes(sources);
    await refuseSelfInclusion(sources, out);
    const filesDir = join(making, FILES_FOLDER);
    await mkdir(filesDir, { recursive: true });
    const filled = await fillStage(sources, filesDir, {
      pool,
      signal,
      sourceDateEpoch,
      onProgress,
    });
    await rm(workDir, { recursive: true, force: true });
    const manifest = describeStage(filled, loaded.plan.agentVersion ?? null, catalogue);
    const listing = filled.flatMap(({ files }) => files).sort(byPath);
    await writeFile(join(making, LISTING_FILE), `${JSON.stringify(listing)}\n`);
    await writeFile(join(making, STAGE_FILE), `${JSON.stringify(manifest, null, 2)}\n`);
    await setModes(making);
    if (sourceDateEpoch !== undefined) await setTimes(making, sourceDateEpoch);
    signal.throwIfAborted();
    await swapIn(making, out);
    return manifest;
  } catch (error) {
    throw sayLimit(error);
  } finally {
    spare.release();
    await discard(making, out);
  }
}

async function allSources(
  { plan, root }: LoadedPlan,
  workDir: string,
  signal: AbortSignal,
): Promise<{
  readonly sources: readonly StageSource[];
  readonly catalogue: StageManifest["catalogue"];
}> {
  // Before npm, which takes seconds: mistakes in the entries are found at once.
  const fromEntries = await Promise.all(plan.entries.map((entry) => sourcesOf(entry, root)));
  const fromNpm: StageSource[] = [];
  for (const [index, npm] of plan.npm.entries()) {
    const options = { root, workDir: join(workDir, `npm-${index}`), signal };
    fromNpm.push(...(await npmSources(npm, options)));
  }
  const { agent, agentVersion } = plan;
  const ofAgent =
    agent === undefined
      ? { sources: [], catalogue: undefined }
      : await catalogueSources(agent, {
          root,
          workDir: join(workDir, "agent"),
          agentVersion,
          env: process.env,
          signal,
        });
  return {
    sources: [...fromNpm, ...ofAgent.sources, ...fromEntries.flat()],
    catalogue: ofAgent.catalogue,
  };
}

/** Refuses to replace a folder that is not a stage, because a mistake in `--out` must not delete other files. */
async function refuseOtherFolder(out: string): Promise<void> {
  if (!(await exists(out)) || (await exists(join(out, STAGE_FILE)))) return;
  const names = await readdir(out).catch(() => null);
  if (names?.length === 0) return;
  throw new StagePlanError(out, "it is not a stage, so the build does not replace it");
}

/** Refuses an output folder inside a source: the next build would include the stage in itself. */
async function refuseSelfInclusion(sources: readonly StageSource[], out: string): Promise<void> {
  // Both paths may go through links.
  const realOut = join(await realpath(dirname(out)), basename(out));
  for (const { subject, from, isExcluded, linkTo } of sources) {
    if (linkTo !== undefined) continue;
    const realFrom = await realpath(from);
    const at = relative(realFrom, realOut);
    const takesIn =
      isBelow(realFrom, realOut) && !(at !== "" && [at, `${at}.making`].every(isExcluded));
    if (!takesIn) continue;
    const hint = `leave it out by "exclude": ["${basename(out)}*"], or build elsewhere`;
    throw new StageBuildError(subject, `the output folder ${out} is inside it: ${hint}`);
  }
}

/** Moves the stage to its place, by two renames, because a folder cannot be renamed over a folder that is not empty. */
async function swapIn(making: string, out: string): Promise<void> {
  if (!(await exists(out))) {
    await rename(making, out);
    return;
  }
  try {
    await rename(out, `${making}-old`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EXDEV") throw error;
    // A folder in a lower layer of an overlay cannot be renamed. The new name records that this stage is complete.
    await rename(making, `${making}-whole`);
    await finishSwap(making, out);
    return;
  }
  await rename(making, out);
}

/** Replaces a stage that cannot be renamed. Its `stage.json` is removed first, so that the rest is no longer a stage. */
async function finishSwap(making: string, out: string): Promise<void> {
  await rm(join(out, STAGE_FILE), { force: true });
  await rm(out, { recursive: true, force: true });
  await rename(`${making}-whole`, out);
}

/** Removes an unfinished build. If it had already moved the old stage away, the old stage is put back. */
async function discard(making: string, out: string): Promise<void> {
  await rm(making, { recursive: true, force: true });
  if (await exists(`${making}-whole`)) await finishSwap(making, out);
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
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return false;
    throw error;
  }
}

import { lstat, realpath, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { isDynamicPattern } from "tinyglobby";
import { StageBuildError } from "../build-error.ts";
import type { StageEntry } from "../manifest.ts";
import type { PlanEntry } from "../plan/schema.ts";
import { isBelow } from "../tree/paths.ts";
import { excluder } from "./exclude.ts";
import { expandGlob } from "./glob.ts";

/** One file or folder for a stage: where it comes from, where it goes, and how it is installed later. */
export interface StageSource {
  /** The entry of the plan, for messages. */
  readonly subject: string;
  /** A file or folder, never a link. */
  readonly from: string;
  readonly to: string;
  readonly kind: StageEntry["kind"];
  readonly isolation: StageEntry["isolation"];
  readonly gate?: string;
  readonly mode: number | null;
  /** Whether a path below `from` is left out. */
  readonly isExcluded: (path: string) => boolean;
  /** If set, the stage gets a link to this other path of the stage, and nothing from `from`. */
  readonly linkTo?: string;
}

/**
 * The sources that an entry of the plan matches.
 *
 * @throws {@link StageBuildError} when a required entry matches nothing, or when a match cannot be staged.
 */
export async function sourcesOf(entry: PlanEntry, root: string): Promise<StageSource[]> {
  const subject = `entry "${entry.from}"`;
  const isExcluded = excluder(entry.exclude);
  const matches = (await match(entry, root, subject)).filter((path) => !isExcluded(basename(path)));
  if (matches.length === 0 && entry.required) {
    throw new StageBuildError(subject, `it is required, but nothing below ${root} matches`);
  }
  const { kind, isolation, gate } = entry;
  if (matches.length > 1 && !entry.to.endsWith("/")) {
    const reason = `it matches ${matches.length} paths, so "to" must be a folder and end with / (found "${entry.to}")`;
    throw new StageBuildError(subject, reason);
  }
  return Promise.all(
    matches.map(async (path) => ({
      subject,
      from: await followed(path, root, subject),
      to: entry.to.endsWith("/") ? join(entry.to, basename(path)) : join(entry.to),
      kind,
      isolation,
      isExcluded,
      ...(gate !== undefined && { gate }),
      mode: entry.mode === undefined ? null : Number.parseInt(entry.mode, 8),
    })),
  );
}

async function match({ from }: PlanEntry, root: string, subject: string): Promise<string[]> {
  const literal = resolve(root, from);
  // A real name may have brackets, so an existing path takes precedence over a glob.
  if (await exists(literal, subject)) return [literal];
  if (!isDynamicPattern(from)) return [];
  try {
    return await expandGlob(from, root);
  } catch (error) {
    throw new StageBuildError(subject, (error as Error).message, { cause: error });
  }
}

/**
 * Resolves the path of an entry, through links. No link may lead out of the plan's folder, neither at the path itself nor on
 * the way to it. A path outside the plan's folder that the plan names directly is allowed.
 */
async function followed(path: string, root: string, subject: string): Promise<string> {
  const isLink = (await lstat(path)).isSymbolicLink();
  await exists(path, subject);
  const real = await realpath(path).catch(() => null);
  if (real === null) throw new StageBuildError(subject, `${path} is a dangling link`);
  const leaves = !isBelow(await realpath(root), real);
  if (!leaves) return isLink ? real : path;
  if (!isLink && !isBelow(root, path)) return path;
  const what = isLink ? "is a link" : "leads by a link";
  throw new StageBuildError(subject, `${path} ${what} out of ${root}, to ${real}`);
}

async function exists(path: string, subject: string): Promise<boolean> {
  try {
    await lstat(path);
    await stat(path);
    return true;
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (code === "ELOOP") {
      throw new StageBuildError(subject, `${path} is a link that leads back to itself`);
    }
    if (code !== "ENOENT" && code !== "ENOTDIR") throw error;
    // A dangling link exists, too. `followed` reports it.
    return syscall === "stat";
  }
}

/**
 * Refuses two sources for one path, and a source inside another, because only one of them could be installed.
 *
 * @throws {@link StageBuildError}
 */
export function refuseClashes(sources: readonly StageSource[]): void {
  const claimed = new Map<string, string>();
  for (const { to, subject } of sources) {
    const other = claimed.get(to);
    if (other !== undefined) throw clash(subject, to, other);
    claimed.set(to, subject);
  }
  for (const { to, subject } of sources) {
    const parts = to.split("/");
    for (let depth = 1; depth < parts.length; depth++) {
      const above = parts.slice(0, depth).join("/");
      const other = claimed.get(above);
      if (other !== undefined) throw clash(subject, `${to}, inside ${above}`, other);
    }
  }
}

function clash(subject: string, where: string, other: string): StageBuildError {
  const by = subject === other ? "another match of it" : other;
  return new StageBuildError(subject, `it claims ${where}, as does ${by}`);
}

import { lstat, realpath, stat } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { glob, isDynamicPattern } from "tinyglobby";
import type { StageEntry } from "../manifest.ts";
import type { PlanEntry } from "../plan/schema.ts";
import { StageBuildError } from "./error.ts";

/** One thing to put into a stage: where from, where to, and how it is installed later. */
export interface StageSource {
  /** The entry it comes from, for messages. */
  readonly subject: string;
  readonly from: string;
  readonly to: string;
  readonly kind: StageEntry["kind"];
  readonly isolation: StageEntry["isolation"];
  readonly gate?: string;
  readonly mode?: number;
  /** Globs below `from`. */
  readonly exclude: readonly string[];
  /** Links may point anywhere below this. */
  readonly root: string;
  /** A link to another path of the stage, instead of anything at `from`. */
  readonly linkTo?: string;
}

/**
 * What an entry of the plan matches.
 *
 * @throws {@link StageBuildError} when it is required and matches nothing.
 */
export async function sourcesOf(entry: PlanEntry, root: string): Promise<StageSource[]> {
  const subject = `entry "${entry.from}"`;
  const matches = await match(entry, root);
  if (matches.length === 0 && entry.required) {
    throw new StageBuildError(subject, `it is required, and nothing below ${root} matches`);
  }
  const { kind, isolation, gate, exclude } = entry;
  if (matches.length > 1 && !entry.to.endsWith("/")) {
    const reason = `it matches ${matches.length} paths, so "to" must be a folder and end with / (found "${entry.to}")`;
    throw new StageBuildError(subject, reason);
  }
  return matches.map((from) => ({
    subject,
    from,
    to: entry.to.endsWith("/") ? join(entry.to, basename(from)) : entry.to,
    kind,
    isolation,
    exclude,
    root,
    ...(gate !== undefined && { gate }),
    ...(entry.mode !== undefined && { mode: Number.parseInt(entry.mode, 8) }),
  }));
}

async function match({ from, exclude }: PlanEntry, root: string): Promise<string[]> {
  if (!isDynamicPattern(from)) {
    const path = resolve(root, from);
    return (await exists(path)) ? [path] : [];
  }
  const found = await glob(from, {
    cwd: root,
    ignore: exclude,
    absolute: true,
    onlyFiles: false,
    expandDirectories: false,
    followSymbolicLinks: false,
    dot: true,
  });
  return found.map((path) => path.replace(/\/$/, "")).sort();
}

/**
 * Refuses two sources at one path, and one inside another: which of them an install would put there would be chance.
 *
 * @throws {@link StageBuildError}
 */
export function refuseClashes(sources: readonly StageSource[]): void {
  const sorted = sources.toSorted((a, b) => (a.to < b.to ? -1 : 1));
  for (const [index, one] of sorted.entries()) {
    for (const other of sorted.slice(index + 1)) {
      if (other.to !== one.to && !other.to.startsWith(`${one.to}/`)) continue;
      const where = other.to === one.to ? other.to : `${other.to}, inside ${one.to}`;
      throw new StageBuildError(other.subject, `it claims ${where}, as does ${one.subject}`);
    }
  }
}

/**
 * Refuses a link that leaves its root: on another machine it would point at something else, or at nothing.
 *
 * @throws {@link StageBuildError}
 */
export async function refuseEscape(
  link: { readonly path: string; readonly target: string },
  source: StageSource,
): Promise<void> {
  const found = resolve(dirname(link.path), link.target);
  const [root, real] = await Promise.all([
    realpath(source.root),
    realpath(found).catch(() => found),
  ]);
  for (const place of [found, real]) {
    const inRoot = [source.root, root].some((folder) => !relative(folder, place).startsWith(".."));
    if (!inRoot) {
      throw new StageBuildError(
        source.subject,
        `${link.path} is a link out of ${source.root}, to ${link.target}`,
      );
    }
  }
  if (!(await exists(found))) {
    throw new StageBuildError(
      source.subject,
      `${link.path} is a link to ${link.target}, which is not there`,
    );
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return false;
    if (code === "ELOOP") {
      await lstat(path);
      throw new StageBuildError(path, "it is a link that leads back to itself");
    }
    throw error;
  }
}

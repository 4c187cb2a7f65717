import { lstatSync, readdirSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { type CancelFlag, throwIfCancelled } from "../cancel.ts";
import { byPath, isBelow } from "../tree/paths.ts";
import type { Link } from "./place-links-task.ts";

/** One source of the agent's config folder. */
export interface ConfigSource {
  /** The repository's name, for warnings. */
  readonly name: string;
  /** The repository's checkout. Links may not lead out of it. */
  readonly root: string;
  /** The folder to merge, relative to `root`. */
  readonly folder: string;
  /** For the system source: its links may lead anywhere (into the stage), and files that npm generated in it are merged. */
  readonly trusted: boolean;
}

export type AssembleWarning =
  /** Two sources have the same path. The later one is used. */
  | {
      readonly type: "overridden";
      readonly path: string;
      readonly winner: string;
      readonly loser: string;
    }
  /** A path that is left out. */
  | {
      readonly type: "refused";
      readonly path: string;
      readonly source: string;
      readonly reason: string;
    };

export interface MergeResult {
  readonly links: readonly Link[];
  readonly warnings: readonly AssembleWarning[];
}

/**
 * Files that the agent or npm generates in a config folder. They are generated again in the merged folder, or come from the
 * system source. A repository's own tools still find their own packages, because imports are resolved from a link's target.
 */
const GENERATED: ReadonlySet<string> = new Set([
  "node_modules",
  "package.json",
  "package-lock.json",
  "bun.lock",
  "bun.lockb",
  ".gitignore",
]);

/** Merges the folders of all sources, path by path. A later source overrides an earlier one. Runs in a worker. */
export function mergeTask(options: {
  readonly sources: readonly ConfigSource[];
  readonly cancel: CancelFlag;
}): MergeResult {
  const merged = new Map<string, { readonly source: string; readonly from: string }>();
  const warnings: AssembleWarning[] = [];
  for (const source of options.sources) {
    for (const { path, from } of filesOf(source, warnings, options.cancel)) {
      for (const other of inTheWay(merged, path)) {
        warnings.push({
          type: "overridden",
          path: other,
          winner: source.name,
          loser: merged.get(other)?.source ?? "",
        });
        merged.delete(other);
      }
      merged.set(path, { source: source.name, from });
    }
  }
  const links = [...merged.entries()].map(([path, { from }]): Link => ({ path, target: from }));
  return { links: links.sort(byPath), warnings };
}

/** The merged paths that conflict with `path`: the same path, a file where a folder is needed, everything below `path`. */
function inTheWay(merged: ReadonlyMap<string, unknown>, path: string): string[] {
  const parts = path.split("/");
  const above = parts.map((_, depth) => parts.slice(0, depth + 1).join("/"));
  const below = [...merged.keys()].filter((other) => other.startsWith(`${path}/`));
  return [...above.filter((other) => merged.has(other)), ...below];
}

interface Found {
  readonly path: string;
  readonly from: string;
}

function* filesOf(
  source: ConfigSource,
  warnings: AssembleWarning[],
  cancel: CancelFlag,
): Generator<Found> {
  const top = join(source.root, source.folder);
  const stat = lstatSync(top, { throwIfNoEntry: false });
  if (stat === undefined) return;
  const refuse = (path: string, reason: string) =>
    warnings.push({
      type: "refused",
      path: join(source.folder, path),
      source: source.name,
      reason,
    });
  if (stat.isSymbolicLink()) {
    const reason = source.trusted ? null : whyRefused(top, source.root);
    if (reason !== null) {
      refuse("", reason);
      return;
    }
  }
  if (!statSync(top).isDirectory()) {
    refuse("", "it is not a folder");
    return;
  }
  yield* visit("");

  function* visit(folder: string): Generator<Found> {
    throwIfCancelled(cancel);
    const entries = readdirSync(join(top, folder), { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      const from = join(top, path);
      if (folder === "" && !source.trusted && GENERATED.has(entry.name)) continue;
      // The installer's own folder in an installed stage.
      if (path === ".sandboot" && source.trusted) continue;
      if (path === ".sandboot") {
        refuse(path, "the installer uses this name");
      } else if (lstatSync(from, { throwIfNoEntry: false }) === undefined) {
        refuse(path, "its name is not UTF-8");
      } else if (entry.isDirectory()) {
        yield* visit(path);
      } else if (entry.isSymbolicLink()) {
        const reason = source.trusted ? null : whyRefused(from, source.root);
        if (reason === null) yield { path, from };
        else refuse(path, reason);
      } else if (!entry.isFile()) {
        refuse(path, "it is neither a file, a folder nor a link");
      } else {
        yield { path, from };
      }
    }
  }
}

/** Why a link is refused, or null. A link out of its repository would give the agent files that are not in the repository. */
function whyRefused(link: string, root: string): string | null {
  let real: string;
  try {
    real = realpathSync(link);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ELOOP") return "it is a link that leads back to itself";
    if (code === "ENOENT" || code === "ENOTDIR") return "it is a dangling link";
    return `it is a link that cannot be followed (${code})`;
  }
  if (isBelow(realpathSync(root), real)) return null;
  return `it is a link out of the repository, to ${real}`;
}

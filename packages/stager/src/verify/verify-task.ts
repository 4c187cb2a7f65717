import { type Dirent, readdirSync, readlinkSync, type Stats } from "node:fs";
import { join } from "node:path";
import { type CancelFlag, throwIfCancelled } from "../cancel.ts";
import { statOf } from "../install/identity.ts";
import type { StageFile } from "../manifest.ts";
import { pathBelow } from "../tree/paths.ts";

/** One difference between a stage and what was built. */
export interface StageProblem {
  readonly path: string;
  readonly problem: "missing" | "unexpected" | "type" | "size" | "mode" | "content" | "target";
  readonly expected: string;
  readonly found: string;
}

/** Compares a stage with its list of files: existence, types, sizes, modes, links. Runs in a worker. */
export function verifyTask(options: {
  readonly root: string;
  readonly files: readonly StageFile[];
  readonly cancel: CancelFlag;
}): StageProblem[] {
  const { root, files, cancel } = options;
  const problems = files.flatMap((file): StageProblem[] => {
    throwIfCancelled(cancel);
    const problem = compare(file, join(root, file.path));
    return problem === null ? [] : [{ path: file.path, ...problem }];
  });
  if (statOf(root) === null) return problems;
  const known = new Set(files.flatMap(({ path }) => [path, ...parentsOf(path)]));
  for (const { path, type } of unknownPathsIn(root, known, cancel)) {
    problems.push({ path, problem: "unexpected", expected: "nothing", found: type });
  }
  return problems;
}

/** The paths in a tree that are not in the list; a folder is one path. They may be of any type and have any name. */
function* unknownPathsIn(
  root: string,
  known: ReadonlySet<string>,
  cancel: CancelFlag,
  folder = "",
): Generator<{ path: string; type: string }> {
  throwIfCancelled(cancel);
  const entries = readdirSync(pathBelow(root, folder), { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (!known.has(path)) yield { path, type: typeOf(entry) };
    const isThere = statOf(pathBelow(root, path)) !== null;
    if (entry.isDirectory() && isThere) yield* unknownPathsIn(root, known, cancel, path);
  }
}

function typeOf(stat: Stats | Dirent): StageFile["type"] | "neither a file, a folder nor a link" {
  if (stat.isFile()) return "file";
  if (stat.isDirectory()) return "folder";
  return stat.isSymbolicLink() ? "link" : "neither a file, a folder nor a link";
}

function compare(file: StageFile, path: string): Omit<StageProblem, "path"> | null {
  const stat = statOf(path);
  if (stat === null) return { problem: "missing", expected: file.type, found: "nothing" };
  const type = typeOf(stat);
  if (type !== file.type) return { problem: "type", expected: file.type, found: type };
  switch (file.type) {
    case "folder":
      return null;
    case "link": {
      const found = readlinkSync(path);
      const { target: expected } = file;
      return found === expected ? null : { problem: "target", expected, found };
    }
    case "file": {
      if (stat.size !== file.bytes) {
        const [expected, found] = [`${file.bytes} bytes`, `${stat.size} bytes`];
        return { problem: "size", expected, found };
      }
      const mode = stat.mode & 0o777;
      if (mode === file.mode) return null;
      return { problem: "mode", expected: octal(file.mode), found: octal(mode) };
    }
    default:
      return file satisfies never;
  }
}

function parentsOf(path: string): string[] {
  const parts = path.split("/");
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join("/"));
}

function octal(mode: number): string {
  return `0${mode.toString(8)}`;
}

import { realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { replaceFile } from "../../base/text-file.ts";

/**
 * Writes the configuration by which the git of hooks, agent, editor and terminals works in checkouts of another owner: those
 * that an image was built with, or that lie in a volume. Only the paths given are trusted.
 *
 * A file and not variables, because a seed's agent is started before its repositories are known. Every child is told to
 * include it (config/child-env.ts).
 *
 * @param file - `gitconfig` of the state folder, which exists.
 * @throws Failed `system-error`.
 * @see https://git-scm.com/docs/git-config#Documentation/git-config.txt-safedirectory
 */
export async function trustCheckouts(file: string, paths: readonly string[]): Promise<void> {
  // git compares real paths.
  const trusted = new Set(paths.flatMap((path) => [path, realPathOf(path)]));
  const lines = [...trusted].map((path) => `\tdirectory = ${quotedForGit(path)}\n`);
  await replaceFile(file, `[safe]\n${lines.join("")}`);
}

/** Of a path that may not exist yet. */
function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realPathOf(parent), basename(path));
  }
}

export function quotedForGit(value: string): string {
  const escaped = value.replaceAll(/["\\]/g, "\\$&").replaceAll("\n", "\\n");
  return `"${escaped}"`;
}

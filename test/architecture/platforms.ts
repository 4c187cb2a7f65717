import type { Source } from "./source.ts";

/** The names of systems that have a platform, and the prefixes of their variables and files. */
const NAMES = /open[-_ ]?inspect\w*|\bOI_|\boi-/gi;

/** A repository's hooks (docs/decisions/0013-platforms.md). */
const HOOKS = /\.openinspect\/(setup|start)\.sh/g;

const OWN_FOLDERS = "packages/runtime/src/platforms/";

/**
 * Sources outside of the platforms' folder that name a system: what differs by system is a platform's business.
 *
 * @returns One line each.
 */
export function systemsNamed(sources: readonly Source[]): string[] {
  return sources.flatMap(({ file, text }) => {
    if (file.startsWith(OWN_FOLDERS)) return [];
    const names = text.replaceAll(HOOKS, "").match(NAMES) ?? [];
    return [...new Set(names)].map((name) => `${file} names a system: ${name}`);
  });
}

import { basename, resolve } from "node:path";
import { lockFolder } from "../lock.ts";
import type { StagePool } from "../pool.ts";
import type { AssembleWarning, ConfigSource } from "./merge-task.ts";
import type { PlacedLink } from "./place-links-task.ts";
import { merge, placeLinks } from "./tasks.ts";

export interface AssembleOptions {
  readonly pool: StagePool;
  /** The repositories in order; a later one overrides an earlier one. */
  readonly repositories: readonly {
    readonly name: string;
    /** The folder of its checkout. */
    readonly dir: string;
  }[];
  /** Overrides every repository. A folder that is itself a config folder, such as `config` of an installed stage. */
  readonly system?: { readonly name: string; readonly configDir: string } | undefined;
  /** The config folder in each repository. Default: `.opencode`. */
  readonly folder?: string;
  /** The merged folder: below the workspace and outside every repository. Files of the user in it are kept. */
  readonly targetDir: string;
  /** Where it is written down which links are ours: outside the workspace, because whoever writes it decides what is removed. */
  readonly recordFile: string;
  readonly signal: AbortSignal;
  /** Called for each path that is overridden or left out. */
  readonly onWarning?: (warning: AssembleWarning) => void;
}

export interface AssembleResult {
  readonly items: readonly PlacedLink[];
  /** The number of items per result. */
  readonly counts: Readonly<Partial<Record<PlacedLink["result"], number>>>;
  readonly warnings: readonly AssembleWarning[];
}

/**
 * Merges the config folders of several repositories into one folder, path by path, as links to the repositories' own files.
 * So an edit in a repository takes effect, and a tool's imports are resolved in its own repository. Each call updates the
 * folder to the repositories' present files.
 *
 * The folder lies in a workspace, so nothing in it says where we write: when it is a link, nothing is done, with a warning.
 *
 * @throws the signal's reason when it is aborted; errors of the file system.
 */
export async function assembleConfig(options: AssembleOptions): Promise<AssembleResult> {
  const { pool, repositories, system, folder = ".opencode", recordFile, signal } = options;
  const sources: ConfigSource[] = repositories.map(({ name, dir }) => ({
    name,
    root: dir,
    folder,
    trusted: false,
  }));
  if (system !== undefined) {
    sources.push({ name: system.name, root: system.configDir, folder: "", trusted: true });
  }
  const merged = await pool.runCancellable(merge, { sources }, signal);
  const targetDir = resolve(options.targetDir);
  await using _ = await lockFolder(targetDir, signal);
  const { links } = merged;
  const placed = await pool.runCancellable(placeLinks, { targetDir, recordFile, links }, signal);
  const warnings = [...merged.warnings];
  if (placed.id === "not-a-folder") {
    const reason = "it is a link or a file where the merged folder should be";
    warnings.push({ type: "refused", path: basename(targetDir), source: "the workspace", reason });
  }
  for (const warning of warnings) options.onWarning?.(warning);
  const items = placed.id === "placed" ? placed.items : [];
  const counts: Partial<Record<PlacedLink["result"], number>> = {};
  for (const { result } of items) counts[result] = (counts[result] ?? 0) + 1;
  return { items, counts, warnings };
}

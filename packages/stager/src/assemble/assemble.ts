import { type FilesResult, installFiles } from "../install/install.ts";
import type { StagePool } from "../pool.ts";
import type { AssembleWarning, ConfigSource } from "./merge-task.ts";
import { merge } from "./tasks.ts";

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
  readonly signal: AbortSignal;
  /** Called for each path that is overridden or left out. */
  readonly onWarning?: (warning: AssembleWarning) => void;
}

export interface AssembleResult extends FilesResult {
  readonly warnings: readonly AssembleWarning[];
}

/**
 * Merges the config folders of several repositories into one folder, path by path, as links to the repositories' own files.
 * So an edit in a repository takes effect, and a tool's imports are resolved in its own repository. Each call updates the
 * folder to the repositories' present files. It is all or nothing, with the same lock and journal as an install.
 *
 * @throws the signal's reason when it is aborted; errors of the file system.
 */
export async function assembleConfig(options: AssembleOptions): Promise<AssembleResult> {
  const { pool, repositories, system, folder = ".opencode", targetDir, signal } = options;
  const sources: ConfigSource[] = repositories.map(({ name, dir }) => ({
    name,
    root: dir,
    folder,
    trusted: false,
  }));
  if (system !== undefined) {
    sources.push({ name: system.name, root: system.configDir, folder: "", trusted: true });
  }
  const { wanted, warnings } = await pool.runCancellable(merge, { sources }, signal);
  for (const warning of warnings) options.onWarning?.(warning);
  const result = await installFiles({ pool, wanted, targetDir, signal });
  return { ...result, warnings };
}

import { type FilesResult, installFiles } from "../install/install.ts";
import type { StagePool } from "../pool.ts";
import type { AssembleWarning, ConfigSource } from "./merge-task.ts";
import { merge } from "./tasks.ts";

export interface AssembleOptions {
  readonly pool: StagePool;
  /** The member repositories in position order: the later one wins. */
  readonly repositories: readonly {
    readonly name: string;
    /** Its checkout. */
    readonly dir: string;
  }[];
  /** Wins over every repository: a folder that is itself a config folder, like an installed stage's `config`. */
  readonly system?: { readonly name: string; readonly configDir: string } | undefined;
  /** Folder in each repository. Default `.opencode`. */
  readonly folder?: string;
  /** The merged folder, below the workspace and outside every repository. Files in it that we did not put there stay. */
  readonly targetDir: string;
  readonly signal: AbortSignal;
  /** Called once for each thing that was overridden or refused. */
  readonly onWarning?: (warning: AssembleWarning) => void;
}

export interface AssembleResult extends FilesResult {
  readonly warnings: readonly AssembleWarning[];
}

/**
 * Merges the config folders of several repositories into one, path by path, as links to the repositories' own files: an
 * edit is seen, and a tool's imports are resolved from its own repository. The folder is made anew each time (what a
 * repository no longer has goes), all or nothing, under the same lock and journal as an install.
 *
 * @throws the signal's reason when it aborts; what the file system says when it cannot be written.
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

/** A warning as a sentence. */
export function describeWarning(warning: AssembleWarning): string {
  switch (warning.type) {
    case "overridden":
      return `${warning.path}: ${warning.winner} comes later than ${warning.loser}, and its file is used`;
    case "refused":
      return `${warning.source}: ${warning.path}: ${warning.reason}; left out`;
    default:
      return warning satisfies never;
  }
}

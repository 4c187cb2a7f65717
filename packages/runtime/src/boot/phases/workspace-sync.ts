import type { Repository } from "../../config/config.ts";
import { gitDirOf } from "../../workspace/git/git-dirs.ts";
import { headOf, type SyncOptions, syncRepository } from "../../workspace/git/sync.ts";
import type { Boot } from "./boot.ts";
import type { BootPhase, BootPhaseContext } from "./outputs.ts";

/**
 * Brings one repository up to date. In an image or a snapshot the checkout that is there will do when the remote does
 * not answer (C9); without one, or with half of one, a failure is fatal in every mode.
 */
export function workspaceSync(boot: Boot, repository: Repository): BootPhase {
  const { config } = boot;
  return {
    id: `workspace.sync:${repository.name}`,
    title: `Sync ${repository.name}`,
    needs: [],
    where: "main",
    required: config.mode !== "repo_image" && config.mode !== "snapshot_restore",
    run: async (phase) => {
      const { signal, detail, line, warn } = phase;
      const options: SyncOptions = {
        mode: config.mode,
        env: config.env,
        stepMs: config.git.stepSeconds * 1000,
        signal,
        grace: boot.grace,
        onLine: line,
        warn,
      };
      try {
        const result = await syncRepository(repository, options);
        detail({ steps: [...result.steps], branch: result.branch, sha: result.sha });
        return result;
      } catch (error) {
        await sayWhatIsThere(phase, options);
        throw error;
      }
    },
  };

  /** A boot that goes on with the checkout as it was should say which one that is. */
  async function sayWhatIsThere({ detail }: BootPhaseContext, options: SyncOptions): Promise<void> {
    // In a folder without, git would look for a repository further up.
    if (gitDirOf(repository.path) === null) return;
    const there = { ...options, cwd: repository.path };
    const stands = await headOf(repository.path, there).catch(() => null);
    if (stands !== null) detail({ ...stands, synced: false });
  }
}

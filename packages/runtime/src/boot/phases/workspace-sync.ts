import { causeOf } from "../../base/failed.ts";
import { inheritedEnv } from "../../config/child-env.ts";
import type { Config, Repository } from "../../config/config.ts";
import { milliseconds } from "../../config/milliseconds.ts";
import { stateFolderAt } from "../../config/state-folder.ts";
import type { SyncOptions } from "../../workspace/git/sync.ts";
import type { BootParts, BootPhase } from "./phase.ts";

type Parts = Pick<BootParts, "grace" | "gitCredentials">;

/**
 * Brings a repository up to date. A boot from an image or a snapshot goes on with the checkout that is there when the
 * remote does not answer (C9). When there is no whole checkout, a failure ends the boot in every mode.
 */
export function workspaceSync(
  config: Config,
  repository: Repository,
): BootPhase<`workspace.sync:${string}`> {
  return {
    plan: {
      id: `workspace.sync:${repository.name}`,
      title: `Sync ${repository.name}`,
      needs: [],
      where: "main",
      required: config.mode !== "repo_image" && config.mode !== "snapshot_restore",
    },
    run: async ({ grace, gitCredentials }: Parts, context) => {
      const { signal, detail, line, warn, waitingFor } = context;
      detail({ folder: repository.path });
      const git = await import("../../workspace/git/repositories.ts");
      const options: SyncOptions = {
        mode: config.mode,
        workspace: config.workspace,
        env: inheritedEnv(config, "git"),
        stepMs: milliseconds(config.git.stepSeconds),
        signal,
        grace,
        onLine: line,
        onStep: (step) => waitingFor(`git ${step}, at most ${config.git.stepSeconds} s`),
        warn,
        credentials: await gitCredentials.settings(),
      };
      const { gitConfig } = stateFolderAt(config.stateDir);
      const paths = config.repositories.map(({ path }) => path);
      await git.trustCheckouts(gitConfig, paths).catch((error: unknown) => {
        warn({ code: "checkouts-not-trusted", path: gitConfig, cause: causeOf(error, gitConfig) });
      });
      const { rejections } = gitCredentials;
      const again = (error: unknown) => {
        // Whatever the step was: git asks for another password only when it is started again.
        if (signal.aborted || gitCredentials.rejections === rejections) throw error;
        detail({ credentialsRenewed: true });
        return git.syncRepository(repository, options);
      };
      try {
        const result = await git.syncRepository(repository, options).catch(again);
        detail({ steps: [...result.steps], branch: result.branch, sha: result.sha });
        return result;
      } catch (error) {
        // Which commit is checked out, for a boot that goes on with it.
        const head = await git.headAt(repository.path, options);
        if (head !== null) detail({ ...head, synced: false });
        throw error;
      }
    },
  };
}

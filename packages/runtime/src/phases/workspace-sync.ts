import type { Repository } from "../config/config.ts";
import { syncRepository } from "../git/sync.ts";
import type { Boot } from "./boot.ts";
import type { BootPhase } from "./outputs.ts";

/** Brings one repository up to date. An image's checkout will do when the remote does not answer (C9). */
export function workspaceSync(boot: Boot, repository: Repository): BootPhase {
  const { config } = boot;
  return {
    id: `workspace.sync:${repository.name}`,
    title: `Sync ${repository.name}`,
    needs: [],
    where: "main",
    required: config.mode !== "repo_image" && config.mode !== "snapshot_restore",
    run: async ({ signal, detail, line }) => {
      const result = await syncRepository(repository, {
        mode: config.mode,
        env: config.env,
        stepMs: config.git.stepSeconds * 1000,
        signal,
        onLine: line,
      });
      detail({ steps: [...result.steps], branch: result.branch, sha: result.sha });
      return result;
    },
  };
}

import { join } from "node:path";
import { type AssembleWarning, assembleConfig } from "@sandboot/stager";
import { agentDriver } from "../../agents/registry.ts";
import type { PhaseWarning } from "../../base/warning.ts";
import type { Config } from "../../config/config.ts";
import { stateFolderAt } from "../../config/state-folder.ts";
import { startHookIds } from "./hook.ts";
import { FILE_WORK_MS } from "./limits.ts";
import type { BootParts, BootPhase } from "./phase.ts";

type Parts = Pick<BootParts, "pool">;

/**
 * Merges the agent's config folders of several repositories into one, in the folder that holds the repositories: the
 * agent works there, and would not look into each repository. Every hook has ended before (C1, C2).
 */
export function workspaceAssemble(config: Config): BootPhase | [] {
  const folder = agentDriver(config).configFolder;
  if (folder === null || config.repositories.length < 2) return [];
  const targetDir = join(config.workspace, folder);
  return {
    plan: {
      id: "workspace.assemble",
      title: `Merge the ${folder} folders`,
      needs: startHookIds(config),
      where: "workers",
      required: true,
      timeoutMs: FILE_WORK_MS,
    },
    run: async ({ pool }: Parts, { signal, detail, warn }) => {
      const { counts } = await assembleConfig({
        pool,
        repositories: config.repositories.map(({ name, path }) => ({ name, dir: path })),
        folder,
        targetDir,
        recordFile: stateFolderAt(config.stateDir).assembled,
        signal,
        onWarning: (warning) => warn(phaseWarningOf(warning)),
      });
      detail({ folder: targetDir, ...counts });
    },
  };
}

function phaseWarningOf(warning: AssembleWarning): PhaseWarning {
  switch (warning.type) {
    case "overridden": {
      const { path, winner, loser } = warning;
      return { code: "config-overridden", path, winner, loser };
    }
    case "refused": {
      const { path, source, reason } = warning;
      return { code: "config-left-out", path, source, reason };
    }
    default:
      return warning satisfies never;
  }
}

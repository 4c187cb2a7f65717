import { join } from "node:path";
import { type AssembleWarning, assembleConfig } from "@sandboot/stager";
import type { PhaseWarning } from "../../base/warning.ts";
import type { Boot } from "./boot.ts";
import type { BootPhase } from "./outputs.ts";

/**
 * Of several repositories the agent works in the folder that holds them, and would not look into any one's own config
 * folder: they are merged into one there, in the worker pool, when every hook has ended (C1, C2).
 */
export function workspaceAssemble(boot: Boot, folder: string): BootPhase {
  const { config, pool } = boot;
  return {
    id: "workspace.assemble",
    title: `Merge the ${folder} folders`,
    needs: [...boot.hookIds],
    where: "workers",
    required: true,
    run: async ({ signal, detail, warn }) => {
      const { counts } = await assembleConfig({
        pool,
        repositories: config.repositories.map(({ name, path }) => ({ name, dir: path })),
        folder,
        targetDir: join(config.workspace, folder),
        signal,
        onWarning: (warning) => warn(phaseWarningOf(warning)),
      });
      detail({ folder: join(config.workspace, folder), ...counts });
    },
  };
}

/** The config folder that has to be merged, or null when the agent finds it by itself. */
export function folderToAssemble({ agent, config }: Boot): string | null {
  return config.repositories.length > 1 ? agent.configFolder : null;
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

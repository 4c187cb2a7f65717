import type { Repository } from "../config/config.ts";
import { runHook } from "../hooks/run-hook.ts";
import type { Boot } from "./boot.ts";
import type { BootPhase } from "./outputs.ts";

/** Runs a repository's setup.sh: once, when its dependencies are not in the image yet. */
export function hookSetup(boot: Boot, repository: Repository): BootPhase {
  return hook(boot, repository, "setup", [`workspace.sync:${repository.name}`]);
}

/** Runs a repository's start.sh: at every boot. Only the primary repository's is worth failing for (C9). */
export function hookStart(boot: Boot, repository: Repository, afterSetup: boolean): BootPhase {
  const before = afterSetup ? "hook.setup" : "workspace.sync";
  return hook(boot, repository, "start", [`${before}:${repository.name}`]);
}

function hook(
  boot: Boot,
  repository: Repository,
  kind: "setup" | "start",
  needs: string[],
): BootPhase {
  const { config } = boot;
  const { [kind]: script } = config.hooks;
  const seconds = kind === "setup" ? config.hooks.setupSeconds : config.hooks.startSeconds;
  return {
    id: `hook.${kind}:${repository.name}`,
    title: `Run ${script} of ${repository.name}`,
    needs,
    where: "main",
    required: repository.primary,
    run: async ({ signal, detail, line }) => {
      const result = await runHook({
        kind,
        repository,
        script,
        timeoutMs: seconds * 1000,
        env: { ...config.env, SANDBOOT_MODE: config.mode, SANDBOOT_SOCKET: boot.socketPath },
        signal,
        onLine: line,
      });
      detail(result.id === "absent" ? { script, absent: true } : { script: result.script });
      return result;
    },
  };
}

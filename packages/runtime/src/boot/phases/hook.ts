import type { Repository } from "../../config/config.ts";
import { runHook } from "../../workspace/hooks/run-hook.ts";
import type { Boot } from "./boot.ts";
import type { BootPhase } from "./outputs.ts";

/** Runs a repository's setup.sh: once, when its dependencies are not in the image yet. */
export function hookSetup(boot: Boot, repository: Repository): BootPhase {
  const needs = [`workspace.sync:${repository.name}`];
  return hook(boot, repository, { kind: "setup", needs, required: true });
}

/** Runs a repository's start.sh: at every boot. Only the primary repository's is worth failing for (C9). */
export function hookStart(boot: Boot, repository: Repository, afterSetup: boolean): BootPhase {
  const before = afterSetup ? "hook.setup" : "workspace.sync";
  const needs = [`${before}:${repository.name}`];
  return hook(boot, repository, { kind: "start", needs, required: repository.primary });
}

function hook(
  boot: Boot,
  repository: Repository,
  { kind, needs, required }: { kind: "setup" | "start"; needs: string[]; required: boolean },
): BootPhase {
  const { config } = boot;
  const { [kind]: script } = config.hooks;
  const seconds = kind === "setup" ? config.hooks.setupSeconds : config.hooks.startSeconds;
  const id = `hook.${kind}:${repository.name}`;
  return {
    id,
    title: `Run ${script} of ${repository.name}`,
    needs,
    where: "main",
    required,
    run: async ({ signal, detail, line }) => {
      const result = await runHook({
        kind,
        repository,
        script,
        timeoutMs: seconds * 1000,
        env: {
          ...config.env,
          SANDBOOT_MODE: config.mode,
          SANDBOOT_SOCKET: boot.socketPath,
          ...boot.trace?.envOf(id),
        },
        signal,
        grace: boot.grace,
        onLine: line,
      });
      detail(result.id === "absent" ? { script, absent: true } : { script: result.script });
      return result;
    },
  };
}

import { resolve } from "node:path";
import { inheritedEnv } from "../../config/child-env.ts";
import type { Config, Repository } from "../../config/config.ts";
import { milliseconds } from "../../config/milliseconds.ts";
import { stateFolderAt } from "../../config/state-folder.ts";
import { runHook } from "../../workspace/hooks/run-hook.ts";
import type { BootParts, BootPhase } from "./phase.ts";

type Parts = Pick<BootParts, "grace" | "trace">;

/** Runs a repository's setup.sh, unless its work is in the image or the snapshot already. */
export function hookSetup(config: Config, repository: Repository): BootPhase | [] {
  if (!setsUp(config)) return [];
  const needs = [`workspace.sync:${repository.name}`];
  return hook(config, repository, { kind: "setup", needs, required: true });
}

/** Runs a repository's start.sh, at every boot. Only a failure in the primary repository ends the boot (C9). */
export function hookStart(config: Config, repository: Repository): BootPhase | [] {
  if (config.mode === "build") return [];
  const before = setsUp(config) ? "hook.setup" : "workspace.sync";
  const needs = [`${before}:${repository.name}`];
  return hook(config, repository, { kind: "start", needs, required: repository.primary });
}

/** The phases that must have ended before the agent may read the workspace (C2). */
export function startHookIds({ repositories }: Config): string[] {
  return repositories.map(({ name }) => `hook.start:${name}`);
}

function setsUp({ mode }: Config): boolean {
  return mode === "fresh" || mode === "build" || mode === "seed";
}

function hook(
  config: Config,
  repository: Repository,
  { kind, needs, required }: { kind: "setup" | "start"; needs: string[]; required: boolean },
): BootPhase {
  const { [kind]: script } = config.hooks;
  const seconds = kind === "setup" ? config.hooks.setupSeconds : config.hooks.startSeconds;
  const id = `hook.${kind}:${repository.name}`;
  return {
    plan: {
      id,
      title: `Run ${script} of ${repository.name}`,
      needs,
      where: "main",
      required,
    },
    inputs: [resolve(repository.path, script)],
    run: async ({ grace, trace }: Parts, { signal, detail, skip, line, warn, waitingFor }) => {
      waitingFor(`${script} to end, at most ${seconds} s`);
      const result = await runHook({
        kind,
        repository,
        script,
        timeoutMs: milliseconds(seconds),
        env: {
          ...inheritedEnv(config, "hook"),
          SANDBOOT_MODE: config.mode,
          SANDBOOT_SOCKET: stateFolderAt(config.stateDir).socket,
          ...trace?.envOf(id),
        },
        signal,
        grace,
        onLine: line,
        onSurvivors: (processes) => warn({ code: "processes-left", processes }),
      });
      if (result.id === "absent") {
        detail({ script, absent: true });
        return skip(`${repository.name} has no ${script}`);
      }
      const { leftOut } = result;
      detail({ script: result.script, ...(leftOut > 0 && { outputLinesLeftOut: leftOut }) });
    },
  };
}

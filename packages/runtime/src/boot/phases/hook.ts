import { resolve } from "node:path";
import { inheritedEnv } from "../../config/child-env.ts";
import type { Config, Repository } from "../../config/config.ts";
import { milliseconds } from "../../config/milliseconds.ts";
import { stateFolderAt } from "../../config/state-folder.ts";
import { runHook } from "../../workspace/hooks/run-hook.ts";
import type { BootParts, BootPhase } from "./phase.ts";
import { waitForIds } from "./wait-for.ts";

type Parts = Pick<BootParts, "grace" | "trace">;

/** Runs a repository's setup.sh, unless its work is in the image or the snapshot already. */
export function hookSetup(config: Config, repository: Repository): BootPhase | [] {
  const { mode, hooks } = config;
  if (!setsUp(mode)) return [];
  const needs = [
    `workspace.sync:${repository.name}`,
    ...serviceIds(config),
    ...takingTurns(config, repository, "hook.setup", []),
  ];
  const required = hooks.setupFailure[mode] === "fatal";
  return hook(config, repository, { kind: "setup", needs, required });
}

/** Runs a repository's start.sh, at every boot. Only a failure in the primary repository ends the boot (C9). */
export function hookStart(config: Config, repository: Repository): BootPhase | [] {
  if (config.mode === "build") return [];
  const before = setsUp(config.mode) ? "hook.setup" : "workspace.sync";
  const others = config.repositories.map(({ name }) => `${before}:${name}`);
  const needs = [
    `${before}:${repository.name}`,
    ...serviceIds(config),
    ...waitForIds(config),
    ...takingTurns(config, repository, "hook.start", others),
  ];
  return hook(config, repository, { kind: "start", needs, required: repository.primary });
}

/** The phases that must have ended before the agent may read the workspace (C2). */
export function startHookIds({ repositories }: Config): string[] {
  return repositories.map(({ name }) => `hook.start:${name}`);
}

/** A boot from an image or a snapshot finds the work of the setup there. */
function setsUp(mode: Config["mode"]): mode is keyof Config["hooks"]["setupFailure"] {
  return mode === "fresh" || mode === "build" || mode === "seed";
}

/** The sidecars that have to be ready before any hook runs. A build starts none. */
function serviceIds({ mode, sidecars }: Config): string[] {
  if (mode === "build") return [];
  return sidecars.filter(({ before }) => before === "hooks").map(({ id }) => `sidecar.${id}`);
}

/**
 * What a hook waits for when hooks take turns: the same hook of the repository before.
 *
 * @param first - What the hook of the first repository waits for.
 */
function takingTurns(
  { hooks, repositories }: Config,
  repository: Repository,
  kind: string,
  first: readonly string[],
): readonly string[] {
  if (hooks.order === "parallel") return [];
  const before = repositories[repositories.indexOf(repository) - 1];
  return before === undefined ? first : [`${kind}:${before.name}`];
}

function hook(
  config: Config,
  repository: Repository,
  { kind, needs, required }: { kind: "setup" | "start"; needs: string[]; required: boolean },
): BootPhase {
  const { [kind]: script, shell, setupSeconds, startSeconds } = config.hooks;
  const seconds = kind === "setup" ? setupSeconds : startSeconds;
  const id = `hook.${kind}:${repository.name}`;
  return {
    plan: {
      id,
      title: `Run ${script} of ${repository.name}`,
      needs: [...new Set(needs)],
      where: "main",
      required,
    },
    inputs: [resolve(repository.path, script)],
    run: async ({ grace, trace }: Parts, { signal, detail, skip, line, warn, waitingFor }) => {
      waitingFor(`${script} to end${seconds === null ? "" : `, at most ${seconds} s`}`);
      const result = await runHook({
        kind,
        repository,
        script,
        shell,
        timeoutMs: seconds === null ? null : milliseconds(seconds),
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

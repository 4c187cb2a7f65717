import { existsSync } from "node:fs";
import { join } from "node:path";
import { CATALOGUE_FOLDER, FILES_FOLDER, MODELS_FILE } from "@sandboot/stager";
import type { Config } from "../../config/config.ts";
import type { AgentPaths } from "../driver.ts";

type OfAgent = Pick<Config, "agent" | "env">;

/** Where an administrator puts configuration that applies to everybody. */
export const MANAGED_CONFIG_DIR = "/etc/opencode";

/** The user's configuration, which holds for all folders. */
export function globalConfigDir(
  { home }: Pick<AgentPaths, "home">,
  { agent, env }: OfAgent,
): string {
  const base = agent.env["XDG_CONFIG_HOME"] ?? env["XDG_CONFIG_HOME"] ?? join(home, ".config");
  return join(base, "opencode");
}

/** The file in which `opencode auth login` keeps keys and tokens of providers. */
export function authFileOf({ home }: Pick<AgentPaths, "home">, { agent, env }: OfAgent): string {
  const base = agent.env["XDG_DATA_HOME"] ?? env["XDG_DATA_HOME"] ?? join(home, ".local/share");
  return join(base, "opencode", "auth.json");
}

/** The part of an installed stage that goes into OpenCode's global config folder. */
export function globalSeed(stageTarget: string): string {
  return join(stageTarget, "global");
}

/** The part of an installed stage that is OpenCode's config folder. */
export function stagedConfigDir(stageTarget: string): string {
  return join(stageTarget, "config");
}

/**
 * Whether the stage brings that part, as far as it can be told before it is installed. OpenCode with such a folder does not read
 * `AGENTS.md` of the global one.
 */
export function mayHaveStagedConfig({ stage }: Pick<Config, "stage">): boolean {
  if (stage === null) return false;
  const files = join(stage.dir, FILES_FOLDER);
  return stage.legacy.length > 0 || !existsSync(files) || existsSync(join(files, "config"));
}

/** The catalogue of models of an installed stage. */
export function stagedModels(stageTarget: string): string {
  return join(stageTarget, CATALOGUE_FOLDER, MODELS_FILE);
}

/**
 * Where a seed puts the inline configuration instead of into its environment: OpenCode reads this file anew for each workspace,
 * so a binding can change it, and it comes after the workspace's own (docs/opencode-facts.md#remembered-by-an-instance). Null
 * when the environment says otherwise, or when OpenCode would install packages because of the file.
 */
export function configFileOf({ mode, stage, stageTarget, agent, env }: Config): string | null {
  if (mode !== "seed" || stage === null) return null;
  const isElsewhere = ["OPENCODE_CONFIG_DIR", "OPENCODE_CONFIG_CONTENT"].some(
    (name) => agent.env[name] !== undefined || env[name] !== undefined,
  );
  // By what is going to be installed: the process may start before that, and must not be started with something else later.
  const isStaged = existsSync(join(stage.dir, FILES_FOLDER, "config", "node_modules"));
  return isElsewhere || !isStaged ? null : join(stagedConfigDir(stageTarget), "opencode.json");
}

import type { Config } from "../config/config.ts";
import { agentFolderAt } from "../config/state-folder.ts";
import type { AgentPaths } from "./driver.ts";

/** The folders that the agent is started with. */
export function agentPathsOf(config: Config): AgentPaths {
  const { agent, env, stage, stageTarget } = config;
  const { neutral, models } = agentFolderAt(config);
  return {
    neutralDir: neutral,
    models,
    stageTarget: stage === null ? null : stageTarget,
    home: agent.home ?? env["HOME"] ?? "/",
  };
}

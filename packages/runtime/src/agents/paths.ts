import type { Config } from "../config/config.ts";
import { stateFolderAt } from "../config/state-folder.ts";
import type { AgentPaths } from "./driver.ts";

/** The folders that the agent is started with. */
export function agentPathsOf({ agent, env, stage, stageTarget, stateDir }: Config): AgentPaths {
  const { neutral, models } = stateFolderAt(stateDir);
  return {
    neutralDir: neutral,
    models,
    stageTarget: stage === null ? null : stageTarget,
    home: agent.home ?? env["HOME"] ?? "/",
  };
}

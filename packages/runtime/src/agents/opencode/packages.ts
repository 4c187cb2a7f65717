import { inheritedEnv } from "../../config/child-env.ts";
import type { Config } from "../../config/config.ts";
import { milliseconds } from "../../config/milliseconds.ts";
import { agentFolderAt, stateFolderAt } from "../../config/state-folder.ts";
import type { AgentSetup, PackagesParts } from "../driver.ts";
import { agentPathsOf } from "../paths.ts";
import { globalConfigDir, globalSeed, stagedConfigDir } from "./places.ts";

/** OpenCode installs its plugin package, and what package.json asks for, into every config folder of a workspace. */
export function packagesOf(config: Config): AgentSetup["packages"] {
  const { mode, agent, stage, stageTarget, stateDir } = config;
  if (stage === null) return null;
  const { packages } = agentFolderAt(config);
  const { packageCache } = stateFolderAt(stateDir);
  const { seconds, cache = packageCache, cacheMegabytes } = agent.packages;
  return async ({ present, pool, grace }: PackagesParts) => {
    // Loaded late: nothing of it is needed before the agent's process has been started.
    const { WorkspacePackages } = await import("../dependencies/workspace-packages.ts");
    const paths = agentPathsOf(config);
    return new WorkspacePackages({
      leavesWorkspaces: agent.workspaceDependencies === "leave",
      stagedConfigDir: stagedConfigDir(stageTarget),
      global: { path: globalConfigDir(paths, config), seed: globalSeed(stageTarget) },
      privateDir: packages,
      cache: { folder: cache, maxBytes: cacheMegabytes * 1e6 },
      env: () => ({ ...inheritedEnv(present(), "packages"), ...present().agent.env }),
      home: paths.home,
      timeoutMs: milliseconds(seconds),
      wholeAtOnce: mode === "build" || mode === "seed",
      pool,
      grace,
    });
  };
}

import { inheritedEnv } from "../../config/child-env.ts";
import type { Config } from "../../config/config.ts";
import type { AgentPaths } from "../driver.ts";
import { readEnvFile } from "../env-file.ts";
import type { AcpAgent, PresetPlaces } from "./preset.ts";

/** An agent that needs nothing but its environment and files in its home. */
interface PlainAgent {
  /** Variables that spare the agent what an image decides, and processes that it can do without. The user's own win. */
  readonly env: Readonly<Record<string, string>>;
  /**
   * Files and folders that it reads until it has answered `initialize`, and not again for a session. Found by
   * `npm run facts:acp`.
   */
  readonly readOnce: (places: PresetPlaces) => readonly string[];
}

export function plainAgent({ env: own, readOnce }: PlainAgent): (config: Config) => AcpAgent {
  return (config) => {
    const { agent } = config;
    const env = (paths: AgentPaths): Record<string, string> => ({
      ...own,
      ...inheritedEnv(config, "agent"),
      HOME: paths.home,
      ...keysOf(agent.auth),
      ...agent.env,
      ...readEnvFile(agent.envFile),
    });
    return {
      env,
      authMethod: Object.keys(agent.auth)[0] ?? null,
      openWorkspace: (_, openSession) => openSession(),
      configFolder: null,
      startsBesideStage: false,
      prepareHome: async () => {},
      takeBinding: async () => async () => {},
      takesWhileRunning: () => false,
      readSet: (paths) => [
        ...readOnce(placesOf(paths, env(paths))),
        ...(agent.envFile === undefined ? [] : [agent.envFile]),
      ],
      readsAgain: () => false,
      packages: null,
      warm: { process: null, workspace: null },
    };
  };
}

export function placesOf(
  { home }: AgentPaths,
  env: Readonly<Record<string, string | undefined>>,
): PresetPlaces {
  return { home, variable: (name) => env[name] };
}

/** `agent.auth` names a method to authenticate by, and the variables that hold its keys. */
function keysOf(auth: Config["agent"]["auth"]): Record<string, string> {
  return Object.fromEntries(
    Object.values(auth).flatMap((entry) =>
      Object.entries(entry).map(([name, value]) => [name, String(value)]),
    ),
  );
}

import { rmSync } from "node:fs";
import { join } from "node:path";
import { FILES_FOLDER } from "@sandboot/stager";
import { systemErrorOf } from "../../base/system-error.ts";
import { errnoText } from "../../base/system-error-text.ts";
import { inheritedEnv } from "../../config/child-env.ts";
import type { Config } from "../../config/config.ts";
import { agentFolderAt } from "../../config/state-folder.ts";
import { mergeAuthFile } from "../auth-file.ts";
import { mergeConfigFile } from "../config-file.ts";
import type { AgentPaths, AgentSetup } from "../driver.ts";
import { readEnvFile } from "../env-file.ts";
import { agentPathsOf } from "../paths.ts";
import { fetchedCatalogue, startCatalogue } from "./catalogue.ts";
import { inlineConfigOf, inlineOf } from "./inline-config.ts";
import type { ConfigPlaces } from "./obstacles.ts";
import { packagesOf } from "./packages.ts";
import {
  authFileOf,
  configFileOf,
  globalConfigDir,
  MANAGED_CONFIG_DIR,
  mayHaveStagedConfig,
  stagedConfigDir,
  stagedModels,
} from "./places.ts";
import { isReadAnew } from "./read-again.ts";
import { type OpenCodeServer, warmCatalogue } from "./session.ts";
import { canBeGiven, tenantEnv, writeTenantEnv } from "./tenant-env.ts";
import { warmWorkspace } from "./warm-workspace.ts";
import { workspaceHeaders } from "./workspace-headers.ts";

/** OpenCode in a sandbox, whether its clients speak HTTP or ACP. */
export interface OpenCodeSetup extends Omit<AgentSetup, "startsBesideStage"> {
  /** The environment of its process, but for what its server asks of clients. */
  env(paths: AgentPaths): Record<string, string>;
  /** Its HTTP server, and what it was started with. */
  server(): OpenCodeServer;
}

/** @param headers - What its HTTP server asks for, or what is before that. */
export function openCodeSetup(
  config: Config,
  headers: Readonly<Record<string, string>>,
): OpenCodeSetup {
  return {
    configFolder: ".opencode",

    prepareHome: async (paths, { packages, signal, warn }) => {
      try {
        if (paths.stageTarget !== null) await (await packages()).fillGlobal({ signal });
      } catch (error) {
        signal.throwIfAborted();
        // It only spares OpenCode an npm install.
        const folder = globalConfigDir(paths, config);
        const system = systemErrorOf(error, folder);
        if (system === null) throw error;
        const reason = `cannot be written: ${errnoText(system)}`;
        warn({ code: "packages-not-linked", folder, reason });
      }
      // Of an earlier boot. Where there is none, OpenCode takes its own.
      rmSync(paths.models, { force: true });
      await mergeAuthFile(authFileOf(paths, config), config.agent.auth);
      const file = configFileOf(config);
      if (file !== null) await mergeConfigFile(file, config.agent.config);
    },

    takeBinding: async (paths) => {
      const undoAuth = await mergeAuthFile(authFileOf(paths, config), config.agent.auth);
      const file = configFileOf(config);
      if (file === null) return undoAuth;
      const env = tenantEnv(givenEnv(paths), config);
      const plugin =
        Object.keys(env).length === 0
          ? null
          : await writeTenantEnv(agentFolderAt(config).agentEnv, env);
      const undoConfig = await mergeConfigFile(
        file,
        config.agent.config,
        plugin === null ? [] : [plugin.url],
      );
      return async () => {
        await undoConfig();
        await plugin?.undo();
        await undoAuth();
      };
    },

    takesWhileRunning: (changes) => configFileOf(config) !== null && canBeGiven(changes),

    readSet: (paths) => [
      globalConfigDir(paths, config),
      ...(paths.stageTarget === null ? [] : [stagedConfigDir(paths.stageTarget)]),
      authFileOf(paths, config),
      ...catalogueFiles(paths),
      ...[config.agent.env["OPENCODE_CONFIG"] ?? config.env["OPENCODE_CONFIG"] ?? []].flat(),
      ...(config.agent.envFile === undefined ? [] : [config.agent.envFile]),
    ],

    // Everything but its environment is read when an instance is made, unless `/global/config` was asked for earlier.
    // Nothing of ours does that (docs/opencode-facts.md#read-again).
    readsAgain: (path, paths, isWarm) =>
      path !== config.agent.envFile &&
      (!isWarm ||
        (isReadAnew(path, globalConfigDir(paths, config)) &&
          !catalogueFiles(paths).includes(path))),

    packages: packagesOf(config),

    warm: {
      process:
        config.agent.warm.process === "off" || config.stage === null
          ? null
          : async (to) => {
              const { warmProcess } = await import("./warm-process.ts");
              return await warmProcess(to, {
                headers,
                folder: agentFolderAt(config).decoy,
                places: places(),
                mayReadCatalogue: (found) => warmCatalogue(server(), found),
              });
            },
      workspace:
        config.agent.warm.workspace === "off"
          ? null
          : async ({ url, directory, signal }) => {
              await warmWorkspace({
                url,
                headers: { ...workspaceHeaders(directory), ...headers },
                signal,
              });
            },
    },

    env: (paths) => {
      const env = givenEnv(paths);
      // By what is going to be installed: the process may start before that.
      const stageTarget = config.stage && join(config.stage.dir, FILES_FOLDER);
      const isStaged = startCatalogue(config, { stageTarget }, env).id === "staged";
      return { ...env, ...(isStaged && { OPENCODE_MODELS_PATH: paths.models }) };
    },

    server,
  };

  function server(): OpenCodeServer {
    const paths = agentPathsOf(config);
    return { config, paths, env: givenEnv(paths), authFile: authFileOf(paths, config), headers };
  }

  /** The environment that user and image give to the process. */
  function givenEnv(paths: AgentPaths): Record<string, string> {
    const inherited = inheritedEnv(config, "agent");
    const fromFile = readEnvFile(config.agent.envFile);
    return {
      ...inherited,
      HOME: paths.home,
      // The image decides on models and on the agent's version. Both fetches would fail offline
      // (docs/opencode-facts.md#models-fetch).
      OPENCODE_DISABLE_MODELS_FETCH: "1",
      OPENCODE_DISABLE_AUTOUPDATE: "1",
      ...(mayHaveStagedConfig(config) && {
        OPENCODE_CONFIG_DIR: stagedConfigDir(config.stageTarget),
      }),
      ...config.agent.env,
      ...fromFile,
      ...inlineConfigOf(
        { source: "environment", env: inherited },
        configFileOf(config) === null ? config.agent.config : {},
        [
          { source: "agent.env", env: config.agent.env },
          { source: config.agent.envFile ?? "agent.envFile", env: fromFile },
        ],
      ),
    };
  }

  /** Those that OpenCode may read its models from. */
  function catalogueFiles(paths: AgentPaths): readonly string[] {
    const env = givenEnv(paths);
    const user = env["OPENCODE_MODELS_PATH"];
    return [
      fetchedCatalogue(env),
      ...(paths.stageTarget === null ? [] : [stagedModels(paths.stageTarget)]),
      ...(user === undefined ? [] : [user]),
    ];
  }

  /** Where OpenCode finds configuration, whatever folder it works in. */
  function places(): ConfigPlaces {
    const { agent, env, stageTarget } = config;
    const paths = agentPathsOf(config);
    const file = agent.env["OPENCODE_CONFIG"] ?? env["OPENCODE_CONFIG"];
    return {
      folders: [
        globalConfigDir(paths, config),
        agent.env["OPENCODE_CONFIG_DIR"] ?? stagedConfigDir(stageTarget),
        join(paths.home, ".opencode"),
        MANAGED_CONFIG_DIR,
      ],
      files: file === undefined ? [] : [file],
      inline: inlineOf(givenEnv(paths)),
      authFile: authFileOf(paths, config),
    };
  }
}

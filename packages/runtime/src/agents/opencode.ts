import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { CATALOGUE_FOLDER, FILES_FOLDER, MODELS_FILE } from "@sandboot/stager";
import { systemErrorOf } from "../base/system-error.ts";
import { errnoText } from "../base/system-error-text.ts";
import { inheritedEnv } from "../config/child-env.ts";
import type { Config } from "../config/config.ts";
import { milliseconds } from "../config/milliseconds.ts";
import { agentFolderAt, stateFolderAt } from "../config/state-folder.ts";
import { logThenHttp } from "../process/readiness/log-then-http.ts";
import { mergeAuthFile } from "./auth-file.ts";
import { mergeConfigFile } from "./config-file.ts";
import type { AgentDriver, AgentPaths, PackagesParts } from "./driver.ts";
import { readEnvFile } from "./env-file.ts";
import { inlineConfigOf, inlineOf } from "./opencode/inline-config.ts";
import type { ConfigPlaces } from "./opencode/obstacles.ts";
import { promptKind } from "./opencode/prompts.ts";
import { isReadAnew } from "./opencode/read-again.ts";
import { serverAccess } from "./opencode/server-access.ts";
import { canBeGiven, tenantEnv, writeTenantEnv } from "./opencode/tenant-env.ts";
import { warmWorkspace } from "./opencode/warm-workspace.ts";
import { workspaceHeaders } from "./opencode/workspace-headers.ts";
import { fetchedCatalogue, startCatalogue } from "./opencode-catalogue.ts";
import { createSession, warmCatalogue } from "./opencode-session.ts";
import { agentPathsOf } from "./paths.ts";

/** What OpenCode prints when its port is bound; its handler works about 0.4 s later (docs/opencode-facts.md#late-handler). */
const LISTENING = /opencode server listening on (?<url>https?:\/\/\S+)/;

/**
 * OpenCode, served over HTTP (`opencode serve`).
 *
 * Its instance of a workspace is made by the first request that names the folder in `x-opencode-directory`; until then
 * the process reads its global config folder, `OPENCODE_CONFIG_DIR` and its environment only
 * (docs/opencode-facts.md#lazy-instance).
 */
export function openCodeDriver(config: Config): AgentDriver {
  const [command = "opencode", ...args] = config.agent.command ?? [];
  const access = serverAccess(config);
  return {
    name: "opencode",
    program: command,
    configFolder: ".opencode",
    startsBesideStage: startsBesideStage(config),

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
      await mergeAuthFile(authFile(paths, config), config.agent.auth);
      const file = configFileOf(config);
      if (file !== null) await mergeConfigFile(file, config.agent.config);
    },

    takeBinding: async (paths) => {
      const undoAuth = await mergeAuthFile(authFile(paths, config), config.agent.auth);
      const file = configFileOf(config);
      if (file === null) return undoAuth;
      const env = tenantEnv(envOf(paths), config);
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

    command: (paths, port) => ({
      command,
      args: [...args, "serve", "--hostname", "127.0.0.1", "--port", String(port)],
      cwd: paths.neutralDir,
      env: startEnv(paths),
    }),

    readiness: (port) =>
      logThenHttp({
        pattern: LISTENING,
        host: "127.0.0.1",
        port,
        path: "/global/health",
        headers: access.headers,
      }),

    readSet: (paths) => [
      globalConfigDir(paths, config),
      ...(paths.stageTarget === null ? [] : [configDir(paths.stageTarget)]),
      authFile(paths, config),
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

    createSession: async (url, directory, signal) => {
      const paths = agentPathsOf(config);
      const [env, auth] = [envOf(paths), authFile(paths, config)];
      const { headers } = access;
      return await createSession({
        config,
        paths,
        env,
        authFile: auth,
        headers,
        url,
        directory,
        signal,
      });
    },

    warm: {
      process:
        config.agent.warm.process === "off" || config.stage === null
          ? null
          : async (to) => {
              const { warmProcess } = await import("./opencode/warm-process.ts");
              const paths = agentPathsOf(config);
              const session = {
                config,
                paths,
                env: envOf(paths),
                authFile: authFile(paths, config),
              };
              return await warmProcess(to, {
                headers: access.headers,
                folder: agentFolderAt(config).decoy,
                places: places(config),
                mayReadCatalogue: (found) => warmCatalogue(session, found),
              });
            },
      workspace:
        config.agent.warm.workspace === "off"
          ? null
          : async ({ url, directory, signal }) => {
              const headers = { ...workspaceHeaders(directory), ...access.headers };
              await warmWorkspace({ url, headers, signal });
            },
    },

    promptKind,
    followClients: null,
    workspaceHeaders,
    access,
  };

  /** The environment that user and image give to the process. */
  function envOf(paths: AgentPaths): Record<string, string> {
    const inherited = inheritedEnv(config, "agent");
    const fromFile = readEnvFile(config.agent.envFile);
    return {
      ...inherited,
      HOME: paths.home,
      // The image decides on models and on the agent's version. Both fetches would fail offline
      // (docs/opencode-facts.md#models-fetch).
      OPENCODE_DISABLE_MODELS_FETCH: "1",
      OPENCODE_DISABLE_AUTOUPDATE: "1",
      ...(paths.stageTarget !== null && { OPENCODE_CONFIG_DIR: configDir(paths.stageTarget) }),
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

  /** The same, with the stage's catalogue of models where that may be used, and the server's password. */
  function startEnv(paths: AgentPaths): Record<string, string> {
    const env = envOf(paths);
    // By what is going to be installed: the process may start before that.
    const stageTarget = config.stage && join(config.stage.dir, FILES_FOLDER);
    const isStaged = startCatalogue(config, { stageTarget }, env).id === "staged";
    return { ...env, ...(isStaged && { OPENCODE_MODELS_PATH: paths.models }), ...access.env };
  }

  /** Those that OpenCode may read its models from. */
  function catalogueFiles(paths: AgentPaths): readonly string[] {
    const env = envOf(paths);
    const user = env["OPENCODE_MODELS_PATH"];
    const staged =
      paths.stageTarget === null ? [] : [join(paths.stageTarget, CATALOGUE_FOLDER, MODELS_FILE)];
    return [fetchedCatalogue(env), ...staged, ...(user === undefined ? [] : [user])];
  }

  /** Where OpenCode finds configuration, whatever folder it works in. */
  function places({ agent, env, stageTarget }: Config): ConfigPlaces {
    const paths = agentPathsOf(config);
    const file = agent.env["OPENCODE_CONFIG"] ?? env["OPENCODE_CONFIG"];
    return {
      folders: [
        globalConfigDir(paths, config),
        agent.env["OPENCODE_CONFIG_DIR"] ?? configDir(stageTarget),
        join(paths.home, ".opencode"),
        MANAGED_CONFIG_DIR,
      ],
      files: file === undefined ? [] : [file],
      inline: inlineOf(envOf(paths)),
      authFile: authFile(paths, config),
    };
  }
}

/** Where an administrator puts configuration that applies to everybody. */
const MANAGED_CONFIG_DIR = "/etc/opencode";

/**
 * At its start OpenCode reads its environment, `auth.json`, which it reads again, and these files of the global config folder:
 * nothing else that a boot puts in place (docs/opencode-facts.md#read-at-the-start).
 */
const READ_AT_START = ["config", "config.json", "opencode.json", "opencode.jsonc"];

/**
 * Not where the stage has such a file, nor where a hook may change the environment that it is started with (C4), nor where
 * credentials name a place from which it fetches configuration at its start.
 */
function startsBesideStage({ stage, agent }: Config): boolean {
  if (stage === null || agent.envFile !== undefined) return false;
  if (Object.values(agent.auth).some(fetchesConfiguration)) return false;
  const files = join(stage.dir, FILES_FOLDER);
  if (!existsSync(join(files, "config"))) return false;
  return !READ_AT_START.some((name) => existsSync(join(files, "global", name)));
}

function fetchesConfiguration(entry: unknown): boolean {
  return (entry as { readonly type?: unknown } | null)?.type === "wellknown";
}

/** OpenCode installs its plugin package, and what package.json asks for, into every config folder of a workspace. */
function packagesOf(config: Config): AgentDriver["packages"] {
  const { mode, agent, stage, stageTarget, stateDir } = config;
  if (stage === null) return null;
  const { packages } = agentFolderAt(config);
  const { packageCache } = stateFolderAt(stateDir);
  const { seconds, cache = packageCache, cacheMegabytes } = agent.packages;
  return async ({ present, pool, grace }: PackagesParts) => {
    // Loaded late: nothing of it is needed before the agent's process has been started.
    const { WorkspacePackages } = await import("./dependencies/workspace-packages.ts");
    const paths = agentPathsOf(config);
    return new WorkspacePackages({
      leavesWorkspaces: agent.workspaceDependencies === "leave",
      stagedConfigDir: configDir(stageTarget),
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

/**
 * Where a seed puts the inline configuration instead of into its environment: OpenCode reads this file anew for each workspace,
 * so a binding can change it, and it comes after the workspace's own (docs/opencode-facts.md#remembered-by-an-instance). Null
 * when the environment says otherwise, or when OpenCode would install packages because of the file.
 */
function configFileOf({ mode, stage, stageTarget, agent, env }: Config): string | null {
  if (mode !== "seed" || stage === null) return null;
  const folder = configDir(stageTarget);
  const isElsewhere = ["OPENCODE_CONFIG_DIR", "OPENCODE_CONFIG_CONTENT"].some(
    (name) => agent.env[name] !== undefined || env[name] !== undefined,
  );
  // By what is going to be installed: the process may start before that, and must not be started with something else later.
  const isStaged = existsSync(join(stage.dir, FILES_FOLDER, "config", "node_modules"));
  return isElsewhere || !isStaged ? null : join(folder, "opencode.json");
}

/** The user's configuration, which holds for all folders. */
function globalConfigDir(paths: AgentPaths, { agent, env }: Config): string {
  const base =
    agent.env["XDG_CONFIG_HOME"] ?? env["XDG_CONFIG_HOME"] ?? join(paths.home, ".config");
  return join(base, "opencode");
}

/** The file in which `opencode auth login` keeps keys and tokens of providers. */
function authFile(paths: AgentPaths, { agent, env }: Config): string {
  const base =
    agent.env["XDG_DATA_HOME"] ?? env["XDG_DATA_HOME"] ?? join(paths.home, ".local/share");
  return join(base, "opencode", "auth.json");
}

/** The part of an installed stage that goes into OpenCode's global config folder. */
function globalSeed(stageTarget: string): string {
  return join(stageTarget, "global");
}

/** The part of an installed stage that is OpenCode's config folder. */
function configDir(stageTarget: string): string {
  return join(stageTarget, "config");
}

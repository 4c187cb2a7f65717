import { existsSync } from "node:fs";
import { join } from "node:path";
import { FILES_FOLDER } from "@sandboot/stager";
import type { Config } from "../config/config.ts";
import { logThenHttp } from "../process/readiness/log-then-http.ts";
import type { AgentDriver } from "./driver.ts";
import { promptKind } from "./opencode/prompts.ts";
import { serverAccess } from "./opencode/server-access.ts";
import { createSession } from "./opencode/session.ts";
import { openCodeSetup } from "./opencode/setup.ts";
import { workspaceHeaders } from "./opencode/workspace-headers.ts";

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
  const { env, server, ...setup } = openCodeSetup(config, access.headers);
  return {
    ...setup,
    name: "opencode",
    program: command,
    startsBesideStage: startsBesideStage(config),

    command: (paths, port) => ({
      command,
      args: [...args, "serve", "--hostname", "127.0.0.1", "--port", String(port)],
      cwd: paths.neutralDir,
      env: { ...env(paths), ...access.env },
    }),

    readiness: (port) =>
      logThenHttp({
        pattern: LISTENING,
        host: "127.0.0.1",
        port,
        path: "/global/health",
        headers: access.headers,
      }),

    createSession: (url, directory, signal) =>
      createSession({ ...server(), url, directory, signal }),
    promptKind,
    followClients: null,
    workspaceHeaders,
    access,
  };
}

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

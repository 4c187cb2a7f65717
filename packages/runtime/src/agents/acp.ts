import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  type AgentOptions,
  CONTROL,
  LISTENING,
  OPTIONS,
  PASSWORD,
  PATHS,
} from "../acp-server/contract.ts";
import type { Config } from "../config/config.ts";
import { logThenHttp } from "../process/readiness/log-then-http.ts";
import { acpAccess } from "./acp/access.ts";
import { openSession } from "./acp/open-session.ts";
import { placesOf } from "./acp/plain-agent.ts";
import { presetOf } from "./acp/presets/index.ts";
import { acpServerFile } from "./acp/server-file.ts";
import type { AgentDriver } from "./driver.ts";
import { linkInstructions } from "./instructions.ts";
import { fillHome } from "./staged-home.ts";

/** The server prints it when the agent has answered `initialize`. */
const LISTENS = new RegExp(`^${LISTENING} (?<url>http://\\S+)$`);

/** The folder of a stage whose files an agent gets in its home. */
const HOME_FOLDER = "home";

/**
 * An agent that speaks the Agent Client Protocol on its standard streams. A program of ours (`acp-server/`) starts it, and
 * serves `/acp` to any number of clients. The process starts in an empty folder and is initialized there; what reads the
 * workspace is `session/new`, after the hooks (C2).
 */
export function acpDriver(config: Config): AgentDriver {
  const { agent } = config;
  const [program = "", ...programArgs] = agent.command ?? [];
  const preset = presetOf(agent);
  const access = acpAccess(config);
  const http = preset.http !== null && isFree(preset.http.args, programArgs) ? preset.http : null;
  const httpAccess = http?.access(config);
  const options: AgentOptions = {
    httpHeaders: httpAccess?.headers ?? null,
    native: preset.native,
  };
  const { env, authMethod, openWorkspace, ...setup } = preset.agent(
    config,
    http === null ? null : access.headers,
  );

  return {
    name: preset.title,
    program,
    ...setup,
    prepareHome: async (paths, parts) => {
      const place = preset.instructions?.(placesOf(paths, env(paths)));
      if (agent.instructions !== undefined && place !== undefined) {
        linkInstructions(agent.instructions, place);
      }
      const staged = paths.stageTarget === null ? null : join(paths.stageTarget, HOME_FOLDER);
      if (staged !== null && existsSync(staged)) fillHome(staged, paths.home);
      await setup.prepareHome(paths, parts);
    },

    command: (paths, port) => ({
      command: process.execPath,
      starts: program,
      args: [acpServerFile(), String(port), program, ...programArgs, ...(http?.args ?? [])],
      cwd: paths.neutralDir,
      env: {
        ...env(paths),
        ...httpAccess?.env,
        ...access.env,
        [OPTIONS]: JSON.stringify(options),
      },
    }),

    readiness: (port) =>
      logThenHttp({
        pattern: LISTENS,
        host: "127.0.0.1",
        port,
        path: PATHS.health,
        headers: access.headers,
      }),

    createSession: (url, directory, signal) =>
      openWorkspace({ url, directory, signal }, () =>
        openSession(config, {
          url,
          headers: access.headers,
          directory,
          preset,
          authMethod,
          signal,
        }),
      ),
    followClients: async (to) => {
      const { followActivity } = await import("./acp/follow-activity.ts");
      const headers = { ...access.headers, [CONTROL]: access.env[PASSWORD] ?? "" };
      await followActivity({ ...to, headers });
    },
    promptKind: http?.promptKind ?? (() => null),
    workspaceHeaders: http?.workspaceHeaders ?? (() => ({})),
    access,
  };
}

/** Whether the command leaves these options to us: an agent takes none of them twice. */
function isFree(options: readonly string[], args: readonly string[]): boolean {
  return !options.some(
    (option) => option.startsWith("--") && args.some((arg) => arg.split("=")[0] === option),
  );
}

import { isAbsolute, join, resolve } from "node:path";
import type { RuntimeWarning } from "../base/warning.ts";
import { agentCommand } from "./agent-command.ts";
import { isOpenCode, namedAgents } from "./agents.ts";
import type { Agent, Config, Written } from "./config.ts";
import { controlPlaneOf, controlPlaneWarnings } from "./control-plane.ts";
import type { CredentialConfig } from "./git-schema.ts";
import { agentDirectoryOf, resolveRepositories } from "./repositories.ts";
import type { ConfigFile } from "./schema.ts";
import { withSession } from "./session.ts";
import type { CodeServerConfig, SidecarConfig } from "./sidecar-schema.ts";

/** Where the ports of agents beside the primary one begin, unless the file says otherwise. */
const OTHER_PORTS = 4097;

/** Makes paths absolute and fills in what depends on other keys. */
export function resolveConfig(written: Written): Config {
  const { file, path, base, env, fromEnvironment, services = [] } = written;
  const absolute = (name: string) => (isAbsolute(name) ? name : resolve(base, name));
  const stateDir = absolute(file.stateDir);
  const workspace = absolute(file.workspace);
  const { primaryId, others } = namedAgents(file);
  const repositories = resolveRepositories(file.repositories, {
    workspace,
    base,
    depth: file.git.depth,
  });
  const desktop = file.desktop?.enabled
    ? { ...file.desktop, windowManager: commandPath(file.desktop.windowManager, absolute) }
    : null;
  const sidecars: readonly SidecarConfig[] = [
    ...services,
    ...file.sidecars.map((sidecar) => ({
      ...sidecar,
      command: commandPath(sidecar.command, absolute),
      ...(sidecar.cwd && { cwd: absolute(sidecar.cwd) }),
    })),
  ];
  return {
    file: path,
    platform: file.platform,
    mode: file.mode ?? "fresh",
    sandboxId: file.sandboxId ?? null,
    stateDir,
    workspace,
    repositories,
    agentDirectory: agentDirectoryOf(repositories, workspace),
    stage:
      file.stage === undefined
        ? null
        : {
            dir: absolute(file.stage.dir),
            agentVersion: file.stage.agentVersion,
            legacy: file.stage.legacy.map(({ from, to }) => ({ from: absolute(from), to })),
          },
    stageTarget:
      file.stage?.target === undefined ? join(stateDir, "agent") : absolute(file.stage.target),
    buildRecord:
      file.build.record === undefined ? join(stateDir, "build.json") : absolute(file.build.record),
    build: {
      seconds: file.build.seconds,
      stay: file.build.stay,
      ...(file.build.callback && { callback: file.build.callback }),
    },
    agent: {
      ...resolveAgent(file.agent, file.mode, absolute),
      id: primaryId,
      isPrimary: true,
    },
    otherAgents: others.map(({ id, primary: _, port, ...settings }, at) => ({
      ...resolveAgent({ ...settings, port: port ?? OTHER_PORTS + at }, file.mode, absolute),
      id,
      isPrimary: false,
    })),
    hooks: {
      ...file.hooks,
      waitFor: file.hooks.waitFor.map((gate) => ({ ...gate, file: absolute(gate.file) })),
    },
    git: {
      ...file.git,
      credentials: file.git.credentials.map((credential) => ({
        ...credential,
        from: withPaths(credential.from, absolute),
      })),
    },
    bridge: {
      ...file.bridge,
      token: file.bridge.token ?? null,
      ...(file.bridge.command && { command: commandPath(file.bridge.command, absolute) }),
    },
    status: statusOf(file),
    controlPlane: controlPlaneOf(file),
    codeServer: file.codeServer?.enabled ? resolveCodeServer(file.codeServer, absolute) : null,
    terminal: file.terminal?.enabled
      ? { ...file.terminal, command: commandPath(file.terminal.command, absolute) }
      : null,
    desktop,
    docker: file.docker?.enabled ? file.docker : null,
    sidecars,
    binding: {
      ...file.binding,
      ...(file.binding.file && { file: absolute(file.binding.file) }),
    },
    history: file.history,
    onFailure: onFailureOf(file),
    shutdown: file.shutdown,
    warnings: [...controlPlaneWarnings(file), ...emptyWarnings(written)],
    fromEnvironment,
    bound: null,
    written,
    env: {
      ...Object.fromEntries(
        Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
      ),
      // A build starts no sidecars.
      ...(file.mode !== "build" && Object.assign({}, ...sidecars.map(({ provides }) => provides))),
      ...file.env,
    },
  };
}

/** The configuration of a boot that starts these services, too, with the variables that they add. */
export function withServices(config: Config, services: readonly SidecarConfig[]): Config {
  const written = { ...config.written, services };
  const { sidecars, env } = resolveConfig(written);
  return { ...config, sidecars, env: { ...config.env, ...env }, written };
}

/** Paths and defaults of one agent. */
function resolveAgent(
  agent: ConfigFile["agent"],
  mode: ConfigFile["mode"],
  absolute: (name: string) => string,
): Omit<Agent, "id" | "isPrimary"> {
  const { packages, skills, home, envFile } = agent;
  const command = agentCommand(agent);
  return {
    ...agent,
    start: agent.start ?? startOf(agent, mode),
    ...(command && { command: commandPath(command, absolute) }),
    packages: { ...packages, ...(packages.cache && { cache: absolute(packages.cache) }) },
    ...withInstructions(agent, absolute),
    ...(skills && { skills: { ...skills, folder: absolute(skills.folder) } }),
    ...(home && { home: absolute(home) }),
    ...(envFile && { envFile: absolute(envFile) }),
  };
}

/** A seed gets its repositories later. */
function emptyWarnings({ file, path, base, fromEnvironment }: Written): RuntimeWarning[] {
  const isConfigured = path !== null || fromEnvironment.length > 0 || file.mode === "seed";
  return isConfigured ? [] : [{ code: "nothing-configured", folder: base }];
}

/** OpenCode is told of the file by its configuration, other agents by a link in their home. */
function withInstructions(
  agent: ConfigFile["agent"],
  absolute: (name: string) => string,
): Partial<Pick<ConfigFile["agent"], "instructions" | "config">> {
  const { instructions, config } = agent;
  if (instructions === undefined) return {};
  const file = absolute(instructions);
  if (!isOpenCode(agent)) return { instructions: file };
  return { instructions: file, config: withSession(config, { instructions: [file] }) };
}

/** Recovery is for somebody who can look: in an editor, in a terminal, or through a control plane. */
function onFailureOf(file: ConfigFile): Config["onFailure"] {
  if (file.mode === "build") return "exit";
  if (file.onFailure !== undefined) return file.onFailure;
  const someoneCanLook =
    file.codeServer?.enabled || file.terminal?.enabled || controlPlaneOf(file) !== null;
  return someoneCanLook ? "recover" : "exit";
}

function statusOf({ status, bridge }: ConfigFile): Config["status"] {
  const { host, port, metricsToken } = status;
  const token = status.token ?? bridge.token ?? null;
  return port === undefined ? null : { host, port, token, metricsToken };
}

function resolveCodeServer(
  config: CodeServerConfig,
  absolute: (name: string) => string,
): CodeServerConfig {
  const { userDataDir, extensionsDir } = config;
  return {
    ...config,
    command: commandPath(config.command, absolute),
    extensions: config.extensions.map(absolute),
    ...(userDataDir !== undefined && { userDataDir: absolute(userDataDir) }),
    ...(extensionsDir !== undefined && { extensionsDir: absolute(extensionsDir) }),
  };
}

function withPaths(
  { file, command, ...from }: CredentialConfig["from"],
  absolute: (name: string) => string,
): CredentialConfig["from"] {
  return {
    ...from,
    ...(file !== undefined && { file: absolute(file) }),
    ...(command !== undefined && { command: commandPath(command, absolute) }),
  };
}

/** A program with a slash is a path relative to the config file. A bare name is looked up on PATH. */
function commandPath(command: readonly string[], absolute: (name: string) => string): string[] {
  const [program = "", ...args] = command;
  return [program.includes("/") ? absolute(program) : program, ...args];
}

/**
 * The default of `agent.start`. OpenCode, and an agent that speaks ACP, in a neutral folder read nothing of the repository before
 * the first request, so they may start at once. What another program reads is unknown, so it waits for the hooks. A seed has no hooks.
 */
function startOf({ kind }: ConfigFile["agent"], mode: ConfigFile["mode"]): Agent["start"] {
  return kind !== "command" || mode === "seed" ? "speculative" : "after-hooks";
}

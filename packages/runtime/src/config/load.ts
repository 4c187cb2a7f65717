import { dirname, isAbsolute, join, resolve } from "node:path";
import { causeOf } from "../base/failed.ts";
import type { InputProblem } from "../base/failure.ts";
import { readSmallFile, type SmallFile } from "../base/small-file.ts";
import { foundText } from "../base/system-error-text.ts";
import type { BootMode } from "../protocol/index.ts";
import { SOCKET_NAME } from "../protocol/socket.ts";
import { resolveAuth } from "./auth.ts";
import type { Config } from "./config.ts";
import { contradictions } from "./contradictions.ts";
import { controlPlaneOf, controlPlaneWarnings } from "./control-plane.ts";
import { applyEnv, type Env } from "./env.ts";
import { resolveEnvReferences } from "./env-references.ts";
import { badInput, problemsOf } from "./errors.ts";
import { parseJsonc } from "./jsonc.ts";
import { agentDirectoryOf, resolveRepositories } from "./repositories.ts";
import { type ConfigFile, configFileSchema } from "./schema.ts";
import type { CodeServerConfig } from "./sidecar-schema.ts";

export interface LoadOptions {
  /**
   * `--config`. Default: the file that `SANDBOOT_CONFIG` names, which an image can set for every command; else
   * `sandboot.jsonc` or `sandboot.json` in `cwd`; else no file.
   */
  readonly file?: string | undefined;
  /** `--mode`, which overrides file and environment. */
  readonly mode?: BootMode | undefined;
  readonly env: Env;
  readonly cwd: string;
}

/**
 * Reads the configuration of a boot. The environment overrides the file, flags override both.
 *
 * @throws Failed `bad-input` that names every wrong key, not only the first.
 */
export async function loadConfig(options: LoadOptions): Promise<Config> {
  const problems: InputProblem[] = [];
  const { path, input } = await readConfigFile(options);
  const parsed = configFileSchema.safeParse(input, { jitless: true });
  if (!parsed.success) problems.push(...problemsOf(parsed.error, path ?? "defaults", input));
  const fromEnvironment = new Set<string>();
  // Also when the file is invalid, so that the error names the mistakes in the environment, too.
  const base = parsed.success ? parsed.data : configFileSchema.parse({});
  const applied = applyEnv(base, noting(options.env, fromEnvironment), problems);
  if (!parsed.success) throw badInput(...problems);
  const file = resolveEnvReferences(applied, options.env, path ?? "defaults", problems);
  if (options.mode !== undefined) file.mode = options.mode;
  file.agent.auth = resolveAuth(file.agent.auth, options.env, path ?? "defaults", problems);
  const config = resolveConfig(file, path, { ...options, fromEnvironment });
  problems.push(...contradictions(config, path ?? "defaults"));
  problems.push(...statusProblems(file, config, path ?? "defaults"));
  if (problems.length > 0) throw badInput(...problems);
  return config;
}

async function readConfigFile(
  options: LoadOptions,
): Promise<{ path: string | null; input: unknown }> {
  const named = options.file ?? (options.env["SANDBOOT_CONFIG"] || undefined);
  const candidates =
    named === undefined
      ? ["sandboot.jsonc", "sandboot.json"].map((name) => join(options.cwd, name))
      : [resolve(options.cwd, named)];
  for (const path of candidates) {
    const bad = (found: string) =>
      badInput({ source: path, key: "", expected: "a config file", found });
    let file: SmallFile;
    try {
      file = readSmallFile(path);
    } catch (error) {
      throw bad(foundText(causeOf(error, path)));
    }
    if (file.id === "text") return { path, input: await parseJsonc(file.text, path) };
    if (file.id === "unfit") throw bad(`something that ${file.why}`);
    if (named !== undefined) throw bad("no such file");
  }
  return { path: null, input: {} };
}

/** Wraps an environment and records the names that are read and have a value. */
function noting(env: Env, names: Set<string>): Env {
  return new Proxy(env, {
    get: (_, name: string) => {
      const value = env[name];
      if (value !== undefined && value !== "") names.add(name);
      return value;
    },
  });
}

function resolveConfig(
  file: ConfigFile,
  path: string | null,
  options: LoadOptions & { readonly fromEnvironment: ReadonlySet<string> },
): Config {
  const base = path === null ? options.cwd : dirname(path);
  const absolute = (name: string) => (isAbsolute(name) ? name : resolve(base, name));
  const stateDir = absolute(file.stateDir);
  const workspace = absolute(file.workspace);
  const repositories = resolveRepositories(file.repositories, workspace, base);
  return {
    file: path,
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
    agent: {
      ...file.agent,
      start: file.agent.start ?? startOf(file),
      ...(file.agent.command && { command: commandPath(file.agent.command, absolute) }),
      packages: {
        ...file.agent.packages,
        ...(file.agent.packages.cache && { cache: absolute(file.agent.packages.cache) }),
      },
      ...(file.agent.home && { home: absolute(file.agent.home) }),
      ...(file.agent.envFile && { envFile: absolute(file.agent.envFile) }),
    },
    hooks: file.hooks,
    git: file.git,
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
    sidecars: file.sidecars.map((sidecar) => ({
      ...sidecar,
      command: commandPath(sidecar.command, absolute),
      ...(sidecar.cwd && { cwd: absolute(sidecar.cwd) }),
    })),
    history: file.history,
    shutdown: file.shutdown,
    warnings: controlPlaneWarnings(file),
    fromEnvironment: [...options.fromEnvironment],
    env: Object.fromEntries(
      Object.entries(options.env).filter(
        (entry): entry is [string, string] => entry[1] !== undefined,
      ),
    ),
  };
}

function statusOf({ status, bridge }: ConfigFile): Config["status"] {
  const token = status.token ?? bridge.token;
  return status.port === undefined || token === undefined ? null : { port: status.port, token };
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

/** A program with a slash is a path relative to the config file. A bare name is looked up on PATH. */
function commandPath(command: readonly string[], absolute: (name: string) => string): string[] {
  const [program = "", ...args] = command;
  return [program.includes("/") ? absolute(program) : program, ...args];
}

/** `sun_path` of unix(7) without its final zero byte. A longer path would be truncated without an error. */
const LONGEST_SOCKET_PATH = 107;

function statusProblems({ status }: ConfigFile, config: Config, source: string): InputProblem[] {
  const problems: InputProblem[] = [];
  if (status.port !== undefined && config.status === null) {
    problems.push({
      source,
      key: "status.token",
      expected: "a token for status.port (or bridge.token, or SANDBOX_AUTH_TOKEN)",
      found: "nothing",
    });
  }
  const bytes = Buffer.byteLength(join(config.stateDir, SOCKET_NAME));
  if (bytes > LONGEST_SOCKET_PATH) {
    problems.push({
      source,
      key: "stateDir",
      expected: `a path short enough for the socket in it (${LONGEST_SOCKET_PATH} bytes in all)`,
      found: `${bytes} bytes (${join(config.stateDir, SOCKET_NAME)})`,
    });
  }
  return problems;
}

/**
 * The default of `agent.start`. OpenCode in a neutral folder reads nothing of the repository before the first request, so it
 * may start at once. What another program reads is unknown, so it waits for the hooks. A seed has no hooks.
 */
function startOf({ agent, mode }: ConfigFile): Config["agent"]["start"] {
  return agent.kind === "opencode" || mode === "seed" ? "speculative" : "after-hooks";
}

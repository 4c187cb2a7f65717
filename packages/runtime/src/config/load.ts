import { dirname, join, resolve } from "node:path";
import { isBrokenDigest, isToken } from "../base/bearer.ts";
import { causeOf } from "../base/failed.ts";
import type { InputProblem } from "../base/failure.ts";
import { foundText } from "../base/system-error-text.ts";
import { readSmallFile, type SmallFile } from "../base/text-file.ts";
import type { BootMode } from "../protocol/index.ts";
import { BOOT_MODES } from "../protocol/modes.ts";
import { SOCKET_NAME } from "../protocol/socket.ts";
import { inOnePlace, withPrimaryAgent } from "./agents.ts";
import { withAuth } from "./auth.ts";
import type { Config } from "./config.ts";
import { contradictions } from "./contradictions.ts";
import { applySettings, bindingFromEnv, type Env, modeFromEnv } from "./env.ts";
import { resolveEnvReferences } from "./env-references.ts";
import { badInput, problemsOf } from "./errors.ts";
import { parseJsonc } from "./jsonc.ts";
import { problemsOfJson } from "./plain-json.ts";
import { choosePlatform, withPlatform } from "./platform.ts";
import { resolveConfig } from "./resolve.ts";
import { configFileSchema } from "./schema.ts";
import { withTenancy } from "./tenancy.ts";

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
  /**
   * `runtime`: to find a runtime or its reports. That boot may have had flags and variables that are not here, so only each
   * key by itself must be right, and not all of them together. Default: `boot`.
   */
  readonly purpose?: "boot" | "runtime";
}

/**
 * Reads the configuration of a boot. The environment overrides the file, flags override both.
 *
 * @throws Failed `bad-input` that names every wrong key, not only the first.
 */
export async function loadConfig(options: LoadOptions): Promise<Config> {
  const problems: InputProblem[] = [];
  const { path, input: asWritten } = await readConfigFile(options);
  const written = withPrimaryAgent(asWritten, path ?? "defaults", problems);
  const fromEnvironment = new Set<string>();
  const given = noting(options.env, fromEnvironment);
  const platform = await choosePlatform(given, written, path ?? "defaults", problems);
  const mode = options.mode ?? modeFromEnv(options.env) ?? modeIn(written);
  const input = withPlatform(written, platform, { env: given, mode }, problems);
  const parsed = configFileSchema.safeParse(input, { jitless: true });
  if (!parsed.success) {
    // Loaded here, because only a wrong file needs it.
    const { keyNearIn } = await import("./near-keys.ts");
    const source = path ?? "defaults";
    const found = problemsOf(parsed.error, source, input, {
      keyNear: keyNearIn(configFileSchema),
      page: "docs/config.md",
    });
    problems.push(...inOnePlace(found, asWritten));
  }
  // Also when the file is invalid, so that the error names the mistakes in the environment, too.
  const base = parsed.success ? parsed.data : configFileSchema.parse({});
  const env = noting(platform.environment(options.env, problems), fromEnvironment);
  const settings = applySettings(base, env, problems);
  const tenancy = bindingFromEnv(env, problems);
  const applied = withTenancy(settings, tenancy, { source: "environment" }, problems);
  if (!parsed.success) throw badInput(...problems);
  const filled = resolveEnvReferences(applied, options.env, path ?? "defaults", problems);
  const file = withAuth(filled, options.env, path ?? "defaults", problems);
  file.platform = platform.name;
  if (options.mode !== undefined) file.mode = options.mode;
  const config = resolveConfig({
    file,
    path,
    base: path === null ? options.cwd : dirname(path),
    env: without(options.env, platform.withheld),
    fromEnvironment: [...fromEnvironment],
  });
  if (options.purpose !== "runtime") {
    problems.push(...contradictions(config, path ?? "defaults"));
    problems.push(...statusProblems(config, path ?? "defaults"));
  }
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
    if (file.id === "text") {
      const input = await parseJsonc(file.text, path);
      const problems = problemsOfJson(input, path);
      if (problems.length > 0) throw badInput(...problems);
      return { path, input };
    }
    if (file.id === "unfit") throw bad(`something that ${file.why}`);
    if (named !== undefined) throw bad("no such file");
  }
  return { path: null, input: {} };
}

/** The mode that a config file asks for, before its schema has been applied. */
function modeIn(written: unknown): BootMode {
  const mode = (written as { readonly mode?: unknown } | null)?.mode;
  return BOOT_MODES.find((each) => each === mode) ?? "fresh";
}

function without(env: Env, names: readonly string[]): Env {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !names.includes(name)));
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

/** `sun_path` of unix(7) without its final zero byte. A longer path would be truncated without an error. */
const LONGEST_SOCKET_PATH = 107;

function statusProblems(config: Config, source: string): InputProblem[] {
  const problems: InputProblem[] = [];
  const isOfThePool = config.mode === "seed" && config.binding.enrolmentToken !== undefined;
  if (config.status !== null && config.status.token === null && !isOfThePool) {
    problems.push({
      source,
      key: "status.token",
      expected:
        "a token for status.port (or bridge.token, or SANDBOX_AUTH_TOKEN; in a seed, binding.enrolmentToken is enough)",
      found: "nothing",
    });
  }
  const { enrolmentToken } = config.binding;
  const own = { "status.token": config.status?.token, "bridge.token": config.bridge.token };
  for (const [key, token] of Object.entries(own)) {
    if (config.mode !== "seed" || token == null || enrolmentToken === undefined) continue;
    if (!isToken(token, enrolmentToken)) continue;
    // It would hold on when the seed is bound, and open more than the binding.
    const expected = "another token than binding.enrolmentToken";
    problems.push({ source, key, expected, found: "the same one" });
  }
  const digests = {
    "binding.enrolmentToken": enrolmentToken,
    "status.metricsToken": config.status?.metricsToken,
  };
  for (const [key, token] of Object.entries(digests)) {
    if (!isBrokenDigest(token)) continue;
    const expected = "sha256: and 64 hexadecimal digits, and nothing after them";
    problems.push({ source, key, expected, found: "another text" });
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

import type * as z from "zod";
import type { InputProblem } from "../base/failure.ts";
import { isObject } from "../base/is-object.ts";
import type { Env } from "../platforms/platform.ts";
import type { BootMode } from "../protocol/index.ts";
import { repositorySchema } from "../protocol/repository.ts";
import { describeValue } from "./errors.ts";
import { httpUrl } from "./fields.ts";
import { problemsOfJson } from "./plain-json.ts";
import type { ConfigFile } from "./schema.ts";
import { desktopSchema } from "./service-schema.ts";
import { readSession, repositoriesOf, repositoryOwnerSchema } from "./session.ts";
import { codeServerSchema, terminalSchema } from "./sidecar-schema.ts";
import type { Tenancy } from "./tenancy.ts";

export type { Env };

const TRUE = /^(1|true|yes|on)$/i;
const FALSE = /^(0|false|no|off|)$/i;

/**
 * Applies the environment variables that say how a sandbox of this image works (docs/config.md). They override the config
 * file. What is one tenant's is read by {@link bindingFromEnv}.
 *
 * @param problems - Wrong values are added here.
 * @returns a new config.
 */
export function applySettings(file: ConfigFile, env: Env, problems: InputProblem[]): ConfigFile {
  const read = new EnvReader(env, problems);
  const config: ConfigFile = structuredClone(file);
  const mode = modeOf(read);
  if (mode !== undefined) config.mode = mode;
  applySidecars(config, read);
  const enrolment = read.text("SANDBOOT_ENROLMENT_TOKEN");
  if (enrolment !== undefined) config.binding.enrolmentToken = enrolment;
  const metrics = read.text("SANDBOOT_METRICS_TOKEN");
  if (metrics !== undefined) config.status.metricsToken = metrics;
  return config;
}

/**
 * The binding that the environment of a boot makes, or the variables in a seed's binding (docs/warm-pools.md).
 *
 * @param problems - Wrong values are added here.
 */
export function bindingFromEnv(env: Env, problems: InputProblem[]): Tenancy {
  const read = new EnvReader(env, problems);
  const json = read.json("SESSION_CONFIG");
  const place = { source: "environment", key: "SESSION_CONFIG" };
  const session = json === undefined ? null : readSession(json, place, problems);
  const several = session === null ? [] : repositoriesOf(session, vcsHostOf(env));
  const repositories = several.length > 0 ? several : repositoryOf(read, problems);
  return {
    sandboxId: read.text("SANDBOX_ID"),
    session: session ?? undefined,
    repositories: repositories.length > 0 ? repositories : undefined,
    tokens: { bridge: read.text("SANDBOX_AUTH_TOKEN") },
    controlPlane: { url: read.httpUrl("CONTROL_PLANE_URL") },
    codeServer: { password: read.text("CODE_SERVER_PASSWORD") },
    hooks: {
      setupSeconds: read.positive("SETUP_TIMEOUT_SECONDS"),
      startSeconds: read.positive("START_TIMEOUT_SECONDS"),
    },
  };
}

/** Where repositories are that are named by owner and name. */
export function vcsHostOf(env: Env): string {
  return env["VCS_HOST"] || "github.com";
}

/** The one repository that the environment names by owner and name. */
function repositoryOf(read: EnvReader, problems: InputProblem[]): ConfigFile["repositories"] {
  const host = read.text("VCS_HOST") ?? vcsHostOf({});
  const owner = read.like("REPO_OWNER", repositoryOwnerSchema, "an owner, like acme or acme/group");
  const name = read.like("REPO_NAME", repositorySchema.shape.name, "a name, without slashes");
  if (owner !== undefined && name !== undefined) {
    return [{ name, url: `https://${host}/${owner}/${name}.git`, submodules: false, lfs: false }];
  }
  if ((read.text("REPO_OWNER") === undefined) !== (read.text("REPO_NAME") === undefined)) {
    problems.push({
      source: "environment",
      key: read.text("REPO_OWNER") === undefined ? "REPO_OWNER" : "REPO_NAME",
      expected: "both REPO_OWNER and REPO_NAME, or neither",
      found: "nothing",
    });
  }
  return [];
}

/** Applies the sidecars' variables. Setting one of them turns its sidecar on. */
function applySidecars(config: ConfigFile, read: EnvReader): void {
  const codePort = read.port("CODE_SERVER_PORT");
  if (read.text("CODE_SERVER_PASSWORD") !== undefined || codePort !== undefined) {
    config.codeServer ??= codeServerSchema.parse({});
    if (codePort !== undefined) config.codeServer.port = codePort;
  }
  const terminal = read.text("TERMINAL_ENABLED");
  if (terminal !== undefined) {
    const enabled = read.flag("TERMINAL_ENABLED");
    if (enabled) config.terminal ??= terminalSchema.parse({});
    if (config.terminal !== undefined) config.terminal.enabled = enabled;
  }
  const proxyPort = read.port("TTYD_PROXY_PORT");
  if (proxyPort !== undefined && config.terminal !== undefined)
    config.terminal.proxyPort = proxyPort;
  const password = read.text("VNC_PASSWORD");
  if (password !== undefined) {
    config.desktop ??= desktopSchema.parse({});
    config.desktop.password = password;
  }
  const pagePort = read.port("NOVNC_PORT");
  if (pagePort !== undefined && config.desktop !== undefined) config.desktop.port = pagePort;
}

/** The mode that the environment asks for; undefined when it asks for none. */
export function modeFromEnv(env: Env): BootMode | undefined {
  // Wrong values are named where the variables are applied.
  return modeOf(new EnvReader(env, []));
}

/** Images set at most one of these three. If several are set, build wins, because a build must never start an agent. */
function modeOf(read: EnvReader): BootMode | undefined {
  const build = read.flag("IMAGE_BUILD_MODE");
  const snapshot = read.flag("RESTORED_FROM_SNAPSHOT");
  const image = read.flag("FROM_REPO_IMAGE");
  if (build) return "build";
  if (snapshot) return "snapshot_restore";
  if (image) return "repo_image";
  return undefined;
}

class EnvReader {
  readonly #env: Env;
  readonly #problems: InputProblem[];

  constructor(env: Env, problems: InputProblem[]) {
    this.#env = env;
    this.#problems = problems;
  }

  text(key: string): string | undefined {
    const value = this.#env[key];
    return value === undefined || value === "" ? undefined : value;
  }

  like(key: string, schema: z.ZodType<string>, expected: string): string | undefined {
    const value = this.text(key);
    if (value === undefined || schema.safeParse(value).success) return value;
    this.#wrong(key, expected, value);
    return undefined;
  }

  flag(key: string): boolean {
    const value = this.#env[key] ?? "";
    if (TRUE.test(value)) return true;
    if (!FALSE.test(value)) this.#wrong(key, "true or false", value);
    return false;
  }

  port(key: string): number | undefined {
    const value = this.text(key);
    if (value === undefined) return undefined;
    if (/^\d+$/.test(value) && Number(value) >= 1 && Number(value) <= 65_535) return Number(value);
    this.#wrong(key, "a port, 1 to 65535", value);
    return undefined;
  }

  httpUrl(key: string): string | undefined {
    const value = this.text(key);
    if (value === undefined || httpUrl.safeParse(value).success) return value;
    this.#wrong(key, "a URL, http:// or https://", value);
    return undefined;
  }

  positive(key: string): number | undefined {
    const value = this.text(key);
    if (value === undefined) return undefined;
    const number = Number(value);
    if (Number.isFinite(number) && number > 0) return number;
    this.#wrong(key, "a number of seconds above 0", value);
    return undefined;
  }

  json(key: string): Record<string, unknown> | undefined {
    const value = this.text(key);
    if (value === undefined) return undefined;
    try {
      const parsed: unknown = JSON.parse(value);
      if (isObject(parsed)) {
        const unfit = problemsOfJson(parsed, "environment", key);
        this.#problems.push(...unfit);
        return unfit.length > 0 ? undefined : parsed;
      }
      this.#problems.push({
        source: "environment",
        key,
        expected: "a JSON object",
        found: describeValue(parsed, key),
      });
    } catch (error) {
      // Not the parser's message: it quotes the text, which may contain secrets.
      this.#problems.push({
        source: "environment",
        key,
        expected: "a JSON object",
        found: `text that is not JSON (${value.length} characters, ${(error as Error).name})`,
      });
    }
    return undefined;
  }

  #wrong(key: string, expected: string, value: string): void {
    this.#problems.push({ source: "environment", key, expected, found: describeValue(value, key) });
  }
}

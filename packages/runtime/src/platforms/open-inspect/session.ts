import type { InputProblem } from "../../base/failure.ts";
import { isObject } from "../../base/is-object.ts";
import type { Env } from "../platform.ts";

/** `SESSION_CONFIG`, as far as it decides something that docs/config.md has no word for. Its other keys are the core's. */
export interface OpenInspectSession {
  readonly sessionId: string | null;
  readonly workingBranch: string | null;
  /** Commits that the session is compared with, by `owner/name`; under an empty name for the one repository. */
  readonly baseShas: ReadonlyMap<string, string>;
  /** *Later*: the bridge connects before the repositories are there. */
  readonly connectsEarly: boolean;
}

/** Nothing is reported here: the core reads the same variable, and names every mistake in it. */
export function openInspectSession(env: Env): OpenInspectSession {
  const session = sessionIn(env) ?? {};
  const repositories = Array.isArray(session["repositories"]) ? session["repositories"] : [];
  return {
    sessionId: textOf(session["session_id"]),
    workingBranch: textOf(session["working_branch_name"]),
    baseShas: new Map(
      [{ ...session, repo_owner: null }, ...repositories.filter(isObject)].flatMap((entry) => {
        const sha = textOf(entry["base_sha"]);
        const [owner, name] = [textOf(entry["repo_owner"]), textOf(entry["repo_name"])];
        if (sha === null || !SHA.test(sha)) return [];
        return [[owner === null ? "" : `${owner}/${name}`.toLowerCase(), sha] as const];
      }),
    ),
    connectsEarly: session["bridge_early_connect"] === true,
  };
}

const SHA = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i;

/** *Later* there are others, which run inside the bridge. */
const HARNESS = "opencode";

/** The defaults of its session: an absent provider or model is not the agent's own choice there. */
const PROVIDER = "anthropic";
const MODEL = "claude-sonnet-4-6";

/**
 * The environment with `SESSION_CONFIG` in the core's words: the model has its provider before it, and what a remote MCP server
 * has under `env` are headers.
 *
 * @param problems - What this platform cannot do is added here.
 */
export function sessionInOurWords(env: Env, problems: InputProblem[]): Env {
  const session = sessionIn(env);
  if (session === null) return env;
  const harness = textOf(session["harness"]);
  if (harness !== null && harness !== HARNESS) {
    const key = "SESSION_CONFIG.harness";
    problems.push({
      source: "environment",
      key,
      expected: `${HARNESS}, or nothing`,
      found: harness,
    });
  }
  const provider = textOf(session["provider"]) ?? PROVIDER;
  const model = textOf(session["model"]) ?? MODEL;
  const servers = session["mcp_servers"];
  return {
    ...env,
    SESSION_CONFIG: JSON.stringify({
      ...session,
      model: `${provider}/${model}`,
      ...(Array.isArray(servers) && { mcp_servers: servers.map(withHeaders) }),
    }),
  };
}

function withHeaders(server: unknown): unknown {
  if (!isObject(server) || server["type"] !== "remote") return server;
  const { env, headers, ...rest } = server;
  const hasHeaders = isObject(headers) && Object.keys(headers).length > 0;
  return { ...rest, headers: hasHeaders ? headers : (env ?? headers) };
}

/** Null when it is not a JSON object. */
function sessionIn(env: Env): Readonly<Record<string, unknown>> | null {
  try {
    const session: unknown = JSON.parse(env["SESSION_CONFIG"] || "{}");
    return isObject(session) ? session : null;
  } catch {
    return null;
  }
}

function textOf(value: unknown): string | null {
  return typeof value === "string" && value.trim() !== "" ? value.trim() : null;
}

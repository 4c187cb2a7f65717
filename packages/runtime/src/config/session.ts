import * as z from "zod";
import type { InputProblem } from "../base/failure.ts";
import { branchNameSchema, repositorySchema } from "../protocol/repository.ts";
import { mergeAgentConfig } from "./agent-config.ts";
import { describeValue, problemsOf, withoutValues } from "./errors.ts";
import type { ConfigFile } from "./schema.ts";

type OpenCodeConfig = ConfigFile["agent"]["config"];

/** One name on GitHub, several names with slashes on GitLab. Becomes part of a URL, so `.` and `..` are refused. */
export const repositoryOwnerSchema = z
  .string()
  .regex(/^(?!\.{1,2}(?:\/|$))[A-Za-z0-9._-]+(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._-]+)*$/);

/** Control planes write `null` for missing values. */
const text = () => z.string().min(1).nullish();

const mcpServerSchema = () =>
  z.looseObject({
    name: z.string().min(1),
    type: z.enum(["local", "remote"]).nullish(),
    command: z.array(z.string()).nullish(),
    env: z.record(z.string(), z.string()).nullish(),
    url: z.string().nullish(),
    headers: z.record(z.string(), z.string()).nullish(),
    enabled: z.boolean().nullish(),
  });
type McpServer = z.infer<ReturnType<typeof mcpServerSchema>>;

/**
 * `SESSION_CONFIG`, as far as a boot uses it. The schema is made only when the variable is set, because making a schema takes
 * time.
 */
const sessionSchema = () =>
  z.looseObject({
    branch: branchNameSchema.nullish(),
    repositories: z
      .array(
        z.looseObject({
          repo_owner: repositoryOwnerSchema,
          repo_name: repositorySchema.shape.name,
          branch: branchNameSchema.nullish(),
        }),
      )
      .nullish(),
    provider: text(),
    model: text(),
    permission: z.json().nullish(),
    mcp_servers: z.array(mcpServerSchema()).nullish(),
    plugins: z.array(z.string()).nullish(),
    instructions: z.array(z.string()).nullish(),
  });
export type Session = z.infer<ReturnType<typeof sessionSchema>>;

/** Where a session stands, for the problems in it. */
export interface SessionPlace {
  /** `environment`, or what a binding came by. */
  readonly source: string;
  /** The variable or the key. */
  readonly key: string;
}

/**
 * Reads a session.
 *
 * @param problems - Mistakes are added here, by key and type and never by value, because a value may be a token.
 * @returns null when the session cannot be used.
 */
export function readSession(
  value: unknown,
  place: SessionPlace,
  problems: InputProblem[],
): Session | null {
  const { source } = place;
  const parsed = sessionSchema().safeParse(value);
  if (parsed.success) {
    for (const [index, server] of (parsed.data.mcp_servers ?? []).entries()) {
      const missing = server.type === "remote" ? "url" : "command";
      if (server[missing] == null || server[missing].length === 0) {
        const key = `${place.key}.mcp_servers.${index}.${missing}`;
        const found = describeValue(server[missing], "secret");
        problems.push({ source, key, expected: "one, for its type", found });
      }
    }
    return parsed.data;
  }
  for (const { key, ...problem } of withoutValues(problemsOf(parsed.error, source, value))) {
    problems.push({ ...problem, key: `${place.key}.${key}` });
  }
  return null;
}

/**
 * The repositories that a session names, on a host; none when it names none. Each has a name of its own: of two that are
 * called the same (`acme/api` and its fork `forks/api`) the first keeps it, and the others have their owner's before it.
 */
export function repositoriesOf(session: Session, host: string): ConfigFile["repositories"] {
  const taken = new Set<string>();
  return (session.repositories ?? []).map(({ repo_owner: owner, repo_name: repo, branch }) => {
    const name = taken.has(repo) ? freeName(`${owner.replaceAll("/", "-")}-${repo}`, taken) : repo;
    taken.add(name);
    return {
      name,
      url: `https://${host}/${owner}/${repo}.git`,
      submodules: false,
      lfs: false,
      ...(branch != null && { branch }),
    };
  });
}

function freeName(wanted: string, taken: ReadonlySet<string>): string {
  let name = wanted;
  for (let number = 2; taken.has(name); number += 1) name = `${wanted}-${number}`;
  return name;
}

/** Whether a session changes OpenCode's configuration. */
export function setsConfig(session: Session | undefined): boolean {
  const { provider, model, permission, mcp_servers, plugins, instructions } = session ?? {};
  const set = [provider, model, permission, mcp_servers, plugins, instructions];
  return set.some((value) => value != null);
}

/**
 * Merges a session into OpenCode's own configuration. The session overrides the config file, except that of both permissions the
 * stricter one holds; MCP servers are added by name, plugins and instructions are appended.
 *
 * @see https://opencode.ai/docs/config
 */
export function withSession(config: OpenCodeConfig, session: Session): OpenCodeConfig {
  const { provider, model, permission, plugins, instructions } = session;
  const servers = Object.fromEntries(
    (session.mcp_servers ?? []).map((server) => [server.name, mcpEntry(server)]),
  );
  const listOf = (value: unknown): string[] => (Array.isArray(value) ? (value as string[]) : []);
  const mcp = { ...(config["mcp"] as OpenCodeConfig | undefined), ...servers };
  return {
    ...(permission == null ? config : mergeAgentConfig(config, { permission })),
    ...(model != null && {
      model: model.includes("/") || provider == null ? model : `${provider}/${model}`,
    }),
    ...(Object.keys(mcp).length > 0 && { mcp }),
    ...(plugins != null && { plugin: [...listOf(config["plugin"]), ...plugins] }),
    ...(instructions != null && {
      instructions: [...listOf(config["instructions"]), ...instructions],
    }),
  };
}

function mcpEntry({ type, command, env, url, headers, enabled }: McpServer): OpenCodeConfig {
  const common = enabled == null ? {} : { enabled };
  if (type === "remote") {
    return { type, url: url ?? "", ...(headers != null && { headers }), ...common };
  }
  return {
    type: "local",
    command: command ?? [],
    ...(env != null && { environment: env }),
    ...common,
  };
}

import type { InputProblem } from "../base/failure.ts";
import { mergeAgentConfig } from "./agent-config.ts";
import { agentKey, isOpenCode, mapAgents, type WrittenAgent } from "./agents.ts";
import { mcpServersWith } from "./mcp.ts";
import type { ConfigFile } from "./schema.ts";
import type { Session } from "./session.ts";
import { withSession } from "./session.ts";

/** What is put onto the settings of one agent. */
type AgentTenancy = {
  readonly [K in "config" | "auth" | "env"]?: ConfigFile["agent"][K] | undefined;
};

/** All that is one tenant's, whether the environment of a boot says it or the binding of a seed. */
export interface Tenancy {
  readonly sandboxId?: string | undefined;
  readonly session?: Session | undefined;
  readonly repositories?: ConfigFile["repositories"] | undefined;
  /** The primary one's. */
  readonly agent?: AgentTenancy;
  /** By the agent's id. */
  readonly agents?: Readonly<Record<string, AgentTenancy>>;
  readonly controlPlane?: {
    readonly url?: string | undefined;
    readonly token?: string | undefined;
  };
  readonly tokens?: { readonly bridge?: string | undefined; readonly status?: string | undefined };
  readonly git?:
    | { readonly credentials?: ConfigFile["git"]["credentials"] | undefined }
    | undefined;
  readonly codeServer?: { readonly password?: string | undefined };
  readonly hooks?: { readonly [K in "setupSeconds" | "startSeconds"]?: number | undefined };
}

/**
 * Puts what is a tenant's onto the settings of a sandbox. A boot and a binding both do it here.
 *
 * @param place.source - For the problems: what the tenancy came by.
 * @param problems - What these settings have no place for is added here.
 * @returns a new config.
 */
export function withTenancy(
  file: ConfigFile,
  tenancy: Tenancy,
  { source }: { readonly source: string },
  problems: InputProblem[],
): ConfigFile {
  const { sandboxId, session, agent = {}, controlPlane = {}, tokens = {}, hooks = {} } = tenancy;
  const named = new Map(
    Object.entries(tenancy.agents ?? {}).map(([id, own]) => [agentKey({ id }), own]),
  );
  const config = mapAgents(structuredClone(file), (one, key, isPrimary) => {
    const own = named.get(key) ?? (isPrimary ? agent : {});
    return withSessionOf(withOwn(one, own), session);
  });
  if (sandboxId !== undefined) config.sandboxId = sandboxId;
  config.repositories = repositoriesWith(file.repositories, tenancy);
  if (controlPlane.url !== undefined) config.controlPlane.url = controlPlane.url;
  if (controlPlane.token !== undefined) config.controlPlane.token = controlPlane.token;
  if (tokens.bridge !== undefined) config.bridge.token = tokens.bridge;
  if (tokens.status !== undefined) config.status.token = tokens.status;
  if (hooks.setupSeconds !== undefined) config.hooks.setupSeconds = hooks.setupSeconds;
  if (hooks.startSeconds !== undefined) config.hooks.startSeconds = hooks.startSeconds;
  if (tenancy.git?.credentials !== undefined) config.git.credentials = tenancy.git.credentials;
  const password = tenancy.codeServer?.password;
  if (password !== undefined) {
    if (config.codeServer === undefined) {
      const expected = "nothing, because no code-server is configured";
      problems.push({ source, key: "codeServer.password", expected, found: "a string" });
    } else config.codeServer.password = password;
  }
  return config;
}

function withOwn<A extends WrittenAgent>(agent: A, own: AgentTenancy): A {
  return {
    ...agent,
    config: mergeAgentConfig(agent.config, own.config ?? {}),
    auth: { ...agent.auth, ...own.auth },
    env: { ...agent.env, ...own.env },
  };
}

/** The session is for every agent. One that is not OpenCode reads the rest of it from its own environment. */
function withSessionOf<A extends WrittenAgent>(agent: A, session: Session = {}): A {
  // What serves any other kind is not known.
  if (agent.kind === "command") return agent;
  const mcp = mcpServersWith(agent.mcp, session);
  if (!isOpenCode(agent)) return { ...agent, mcp };
  // By ACP they come with each session.
  const servers = agent.kind === "acp" ? [] : mcp;
  return { ...agent, mcp, config: withSession(agent.config, { ...session, mcp_servers: servers }) };
}

/** The session's branch is that of the first repository, unless the repositories came with the session. */
function repositoriesWith(
  before: ConfigFile["repositories"],
  { repositories, session }: Tenancy,
): ConfigFile["repositories"] {
  const branch = session?.branch ?? undefined;
  const [first, ...others] = repositories ?? before;
  if (first === undefined) return [];
  const isNamedThere = (session?.repositories ?? []).length > 0;
  if (branch === undefined || isNamedThere) return [first, ...others];
  const kept = repositories === undefined ? undefined : first.branch;
  return [{ ...first, branch: kept ?? branch }, ...others];
}

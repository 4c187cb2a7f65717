import { isObject } from "../base/is-object.ts";
import { type Rule, rulesOf, rulesOfTools, stricter } from "./permissions.ts";
import type { ConfigFile } from "./schema.ts";

export type AgentConfig = ConfigFile["agent"]["config"];

/** Lists to which every configuration adds. */
const ADDED_TO: ReadonlySet<string> = new Set(["instructions", "plugin"]);

/** What is worked out from both sides at once, and not key by key. */
const PERMISSIONS: ReadonlySet<string> = new Set(["mode", "permission", "tools"]);

/**
 * Merges two configurations of OpenCode, key by key, as OpenCode does. The second one wins, with one exception: no permission
 * is loosened. For each tool, and in each agent, the stricter of both holds (permissions.ts).
 *
 * @see https://opencode.ai/docs/config
 */
export function mergeAgentConfig(before: AgentConfig, after: AgentConfig): AgentConfig {
  const merged = mergeObjects(before, after);
  if (!hasPermissions(before) || !hasPermissions(after)) return merged;
  const rest = Object.entries(merged).filter(([key]) => !PERMISSIONS.has(key));
  const [old, added] = [rulesIn(before), rulesIn(after)];
  const agents = Object.entries(agentsOf(merged)).map(([name, agent]) => {
    const own = [before, after].flatMap((one) => rulesIn(objectIn(agentsOf(one), name)));
    if (own.length === 0) return [name, agent] as const;
    const permission = stricter(
      [...old, ...rulesIn(objectIn(agentsOf(before), name))],
      [...added, ...rulesIn(objectIn(agentsOf(after), name))],
    );
    const { tools: _, ...others } = agent;
    return [name, { ...others, permission } as AgentConfig] as const;
  });
  return {
    ...Object.fromEntries(rest),
    ...(agents.length > 0 && { agent: Object.fromEntries(agents) }),
    permission: stricter(old, added) as AgentConfig,
  };
}

/** Objects are merged key by key, lists that every configuration adds to are joined. Everything else is replaced. */
function mergeObjects(before: AgentConfig, after: AgentConfig): AgentConfig {
  const entries = Object.entries(after).map(([key, value]) => {
    const old = before[key];
    if (isObject(old) && isObject(value)) return [key, mergeObjects(old, value)] as const;
    const isJoined = ADDED_TO.has(key) && Array.isArray(old) && Array.isArray(value);
    return [key, isJoined ? [...new Set([...old, ...value])] : value] as const;
  });
  return { ...before, ...Object.fromEntries(entries) };
}

function hasPermissions(config: AgentConfig): boolean {
  const agents = Object.values(agentsOf(config));
  return [config, ...agents].some((one) => rulesIn(one).length > 0);
}

/** Of a configuration or of one agent in it. */
function rulesIn({ tools, permission }: AgentConfig): Rule[] {
  return [...rulesOfTools(tools), ...rulesOf(permission)];
}

/** `mode` is what OpenCode called its agents earlier. */
function agentsOf(config: AgentConfig): Readonly<Record<string, AgentConfig>> {
  const modes = Object.entries(objectIn(config, "mode")).map(([name, mode]) => [
    name,
    { mode: "primary", ...(mode as AgentConfig) },
  ]);
  const all = mergeObjects(Object.fromEntries(modes), objectIn(config, "agent"));
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, AgentConfig] => isObject(entry[1])),
  );
}

function objectIn(config: Readonly<Record<string, unknown>>, key: string): AgentConfig {
  const value = config[key];
  return isObject(value) ? (value as AgentConfig) : {};
}

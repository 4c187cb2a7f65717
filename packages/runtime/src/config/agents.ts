import type { InputProblem } from "../base/failure.ts";
import { isObject } from "../base/is-object.ts";
import type { Agent, Config } from "./config.ts";
import type { ConfigFile } from "./schema.ts";

/** Every agent of a sandbox, the primary one first. */
export function agentsOf({ agent, otherAgents }: Pick<Config, "agent" | "otherAgents">): Agent[] {
  return [agent, ...otherAgents];
}

/**
 * The configuration as each agent sees it: as if it were the only one. The primary one first. What is written for one agent
 * takes such a configuration, and knows of no other agent.
 */
export function eachAgent(config: Config): Config[] {
  return agentsOf(config).map((agent) => ({ ...config, agent, otherAgents: [] }));
}

/** The same for one agent, by its id. */
export function asAgent(config: Config, id: Agent["id"]): Config {
  return eachAgent(config).find(({ agent }) => agent.id === id) ?? config;
}

/** Whether it is OpenCode, whose clients may speak HTTP or ACP. */
export function isOpenCode({ kind, preset }: Pick<WrittenAgent, "kind" | "preset">): boolean {
  return kind === "opencode" || preset === "opencode";
}

/** Variables that give an agent another folder in place of one in its home. */
const FOLDERS = ["CLAUDE_CONFIG_DIR", "CODEX_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"];

/** The same for two agents that find the same files in their home. */
export function homeOf({ home, env }: Pick<Agent, "home" | "env">): string {
  return JSON.stringify([home ?? "", ...FOLDERS.map((name) => env[name] ?? "")]);
}

/** What the file says of an agent. */
export function writtenAgent(file: ConfigFile, { id }: Pick<Agent, "id">): WrittenAgent {
  return namedAgents(file).others.find((agent) => agent.id === id) ?? file.agent;
}

/** The key of the config file that an agent stands at, for messages. */
export function agentKey({ id }: Pick<Agent, "id">): string {
  return id === null ? "agent" : `agents.${id}`;
}

/** What an agent's process and its phases are called: `agent` is the primary one's, `agent:codex` another's. */
export function agentName<Name extends string>(
  name: Name,
  { id, isPrimary }: Pick<Agent, "id" | "isPrimary">,
): Name {
  return isPrimary ? name : (`${name}:${id}` as Name);
}

/**
 * Puts the settings of the primary agent of `agents` where the short form has those of the only one. What comes from the
 * environment, a platform or a binding finds them there.
 *
 * @param problems - A file with both forms is added here.
 */
export function withPrimaryAgent(file: unknown, source: string, problems: InputProblem[]): unknown {
  if (!isObject(file) || !Array.isArray(file["agents"])) return file;
  if (file["agent"] !== undefined) {
    const expected = "agent for one agent, or agents for several, and not both";
    problems.push({ source, key: "agents", expected, found: "both" });
    return file;
  }
  const agents = file["agents"].filter(isObject);
  const primary = agents.find((agent) => agent["primary"] === true) ?? agents[0] ?? {};
  const { id: _, primary: __, ...settings } = primary;
  return { ...file, agent: settings };
}

/** Without what is wrong in the copy that {@link withPrimaryAgent} makes: the file itself has it in `agents`. */
export function inOnePlace(problems: readonly InputProblem[], file: unknown): InputProblem[] {
  const isCopied = isObject(file) && file["agent"] === undefined && Array.isArray(file["agents"]);
  return problems.filter(({ key }) => !isCopied || !/^agent(?:\.|$)/.test(key));
}

/** An agent as a file has it. That of the primary one stands in `agent`. */
export type WrittenAgent = Omit<ConfigFile["agent"], "port">;

/**
 * Changes every agent of a file.
 *
 * @param change - `key`: where the agent stands in the file, for messages.
 * @returns a new config.
 */
export function mapAgents(
  file: ConfigFile,
  change: <A extends WrittenAgent>(agent: A, key: string, isPrimary: boolean) => A,
): ConfigFile {
  const { primaryId, others } = namedAgents(file);
  return {
    ...file,
    agent: change(file.agent, agentKey({ id: primaryId }), true),
    ...(file.agents && {
      agents: file.agents.map((agent) =>
        others.includes(agent) ? change(agent, agentKey(agent), false) : agent,
      ),
    }),
  };
}

/** The agents of a file beside the primary one, in its order; and the primary one's id, null in the short form. */
export function namedAgents({ agents = [] }: ConfigFile): {
  readonly primaryId: string | null;
  readonly others: NonNullable<ConfigFile["agents"]>;
} {
  const primary = agents.find((agent) => agent.primary) ?? agents[0];
  return {
    primaryId: primary?.id ?? null,
    others: agents.filter((agent) => agent !== primary),
  };
}

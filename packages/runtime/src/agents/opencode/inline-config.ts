import { isObject } from "../../base/is-object.ts";
import { type AgentConfig, mergeAgentConfig } from "../../config/agent-config.ts";
import { badInput } from "../../config/errors.ts";

/** Configuration of OpenCode in its environment: all of it, and the permissions, which OpenCode applies last. */
const CONTENT = "OPENCODE_CONFIG_CONTENT";
const PERMISSION = "OPENCODE_PERMISSION";

/** Variables, and where they come from. Later ones win. */
export interface Variables {
  /** For messages: `environment`, or a file. */
  readonly source: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * The variables in which OpenCode finds its inline configuration. Where only one place says something, it is passed on as it
 * is. Several are merged, and no permission is loosened ({@link mergeAgentConfig}).
 *
 * @param own - `agent.config`.
 * @throws Failed `bad-input` when one of several is no JSON object: OpenCode would leave it out, with what it denies.
 */
export function inlineConfigOf(
  image: Variables,
  own: AgentConfig,
  others: readonly Variables[],
): Record<string, string> {
  const isSet = Object.keys(own).length > 0;
  const variables = [
    image,
    ...(isSet ? [{ source: "agent.config", env: { [CONTENT]: JSON.stringify(own) } }] : []),
    ...others,
  ];
  const said = variables.flatMap(({ source, env }) =>
    [CONTENT, PERMISSION].flatMap((name) => {
      const text = env[name];
      return text === undefined || text === "" ? [] : [{ source, name, text }];
    }),
  );
  if (said.length < 2) return Object.fromEntries(said.map(({ name, text }) => [name, text]));
  const merged = said
    .map((one) => parsed(one))
    .reduce((before, after) => mergeAgentConfig(before, after));
  return {
    [CONTENT]: JSON.stringify(merged),
    ...(said.some(({ name }) => name === PERMISSION) && {
      [PERMISSION]: JSON.stringify(merged["permission"]),
    }),
  };
}

/** The inline configuration in an environment, as far as it can be read. */
export function inlineOf(env: Readonly<Record<string, string>>): AgentConfig {
  const value = readJson(env[CONTENT] ?? "{}");
  return typeof value === "object" && value !== null ? (value as AgentConfig) : {};
}

interface Said {
  readonly source: string;
  readonly name: string;
  readonly text: string;
}

function parsed({ source, name, text }: Said): AgentConfig {
  const value = readJson(text);
  const isPermission = name === PERMISSION && (isObject(value) || typeof value === "string");
  if (isPermission) return { permission: value as AgentConfig };
  if (isObject(value)) return value as AgentConfig;
  throw badInput({
    source,
    key: name,
    expected: "a JSON object, to be merged with what the config and SESSION_CONFIG say",
    found: value === undefined ? "text that is not JSON" : "other JSON",
  });
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

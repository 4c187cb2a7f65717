import { isDeepStrictEqual } from "node:util";
import type { InputProblem } from "../base/failure.ts";
import type { BootMode } from "../protocol/index.ts";
import { agentKey, agentsOf, homeOf, isOpenCode } from "./agents.ts";
import type { Agent, Config } from "./config.ts";

/** Finds what is wrong with each agent, and with several of them together. */
export function agentProblems(config: Config, source: string): InputProblem[] {
  const agents = agentsOf(config);
  return [
    ...agents.flatMap((agent) => problemsOfOne(agent, config.mode, source)),
    ...problemsTogether(agents, config, source),
  ];
}

function problemsTogether(
  agents: readonly Agent[],
  { mode, written }: Config,
  source: string,
): InputProblem[] {
  const problems: InputProblem[] = [];
  const primaries = (written.file.agents ?? []).filter(({ primary }) => primary);
  if (primaries.length > 1) {
    const found = primaries.map(({ id }) => id).join(", ");
    problems.push({ source, key: "agents", expected: "one primary agent", found });
  }
  for (const [at, agent] of agents.entries()) {
    for (const other of agents.slice(0, at)) {
      if (agent.id === other.id) {
        problems.push({
          source,
          key: "agents",
          expected: "an id once",
          found: `"${agent.id}" twice`,
        });
      }
      const shared = contestedIn(agent, other);
      if (shared !== null && homeOf(agent) === homeOf(other)) {
        const expected = `a folder of its own, because ${agentKey(other)} has other ${shared} there`;
        const found = agent.home ?? "the environment's HOME";
        problems.push({ source, key: `${agentKey(agent)}.home`, expected, found });
      }
      if (agent.skills !== undefined && agent.skills.folder === other.skills?.folder) {
        const expected = `a folder of its own, because ${agentKey(other)} has its skills there`;
        const found = agent.skills.folder;
        problems.push({ source, key: `${agentKey(agent)}.skills.folder`, expected, found });
      }
      // A binding changes the one file with the configuration that both would read.
      if (mode === "seed" && isOpenCode(agent) && isOpenCode(other)) {
        const expected = "one OpenCode in mode seed";
        problems.push({ source, key: `${agentKey(agent)}.kind`, expected, found: "another" });
      }
    }
  }
  return problems;
}

/** What two agents would write into the same file, were they to share a home; null when there is none. */
function contestedIn(one: Agent, other: Agent): "auth" | "instructions" | null {
  if (isOpenCode(one) && isOpenCode(other)) {
    const isContested = Object.entries(one.auth).some(
      ([provider, entry]) =>
        other.auth[provider] !== undefined && !isDeepStrictEqual(other.auth[provider], entry),
    );
    if (isContested) return "auth";
  }
  if (one.kind !== other.kind || one.preset !== other.preset) return null;
  const instructions = new Set([one.instructions, other.instructions]);
  return one.preset !== undefined && instructions.size > 1 ? "instructions" : null;
}

/** What one agent must not have, or lacks, for its kind. */
function problemsOfOne(agent: Agent, mode: BootMode, source: string): InputProblem[] {
  const problems: InputProblem[] = [];
  const at = agentKey(agent);
  const wrong = (name: string, expected: string, found: string) =>
    problems.push({ source, key: `${at}.${name}`, expected, found });
  const has = (key: "config" | "auth") => Object.keys(agent[key]).length > 0;
  if (agent.kind !== "opencode" && agent.command === undefined) {
    const orPreset = agent.kind === "acp" ? `, or ${at}.preset` : "";
    wrong("command", `the program to run${orPreset}`, "nothing");
  }
  if (!isOpenCode(agent)) {
    if (has("config")) wrong("config", "nothing: it is OpenCode's", "an object");
    if (agent.providers.length > 0) {
      wrong("providers", "nothing: it is OpenCode's", "a list");
    }
    if (agent.catalogue !== "auto") {
      wrong("catalogue", "nothing: it is OpenCode's", `"${agent.catalogue}"`);
    }
  }
  for (const [index, { type, command, url }] of agent.mcp.entries()) {
    const [key, value] = type === "local" ? ["command", command] : ["url", url];
    if (value === undefined) wrong(`mcp.${index}.${key}`, "one, for its type", "nothing");
  }
  if (agent.kind === "command") {
    const expected = "nothing, because sandboot does not know where this agent reads them";
    if (agent.mcp.length > 0) wrong("mcp", expected, "a list");
    if (agent.instructions !== undefined) wrong("instructions", expected, "a file");
  }
  if (agent.kind === "command" && has("auth")) {
    wrong("auth", "nothing: it is OpenCode's", "an object");
  }
  if (agent.kind === "acp" && !isOpenCode(agent) && Object.keys(agent.auth).length > 1) {
    wrong("auth", "one method of the agent's", Object.keys(agent.auth).join(", "));
  }
  if (agent.kind !== "acp") {
    const only = `it only with ${at}.kind "acp"`;
    if (agent.preset !== undefined) wrong("preset", only, `"${agent.preset}"`);
    if (agent.requireAuth) wrong("requireAuth", only, "true");
  }
  if (agent.kind !== "command") {
    for (const key of ["readiness", "warmUp", "promptPath"] as const) {
      if (agent[key] !== undefined) {
        wrong(key, `it only with ${at}.kind "command"`, "one");
      }
    }
    if (agent.warm.requests.length > 0) {
      wrong("warm.requests", `them only with ${at}.kind "command"`, "some");
    }
  }
  if (mode === "seed" && agent.start === "after-hooks") {
    wrong("start", '"speculative" in mode seed, which has no hooks', '"after-hooks"');
  }
  return problems;
}

import type { AgentReport } from "../event.ts";
import type { ProcessState } from "../process.ts";
import type { RuntimeState } from "../state.ts";
import { isPrimaryAgent } from "./present.ts";

/** How far the agent is. */
export type AgentState = "starting" | "initialized" | "needs-authentication" | "in-session";

export const agentStateWords: Readonly<Record<AgentState, string>> = {
  starting: "starting",
  initialized: "initialized",
  "needs-authentication": "needs authentication",
  "in-session": "in session",
};

export function agentStateOf(agent: AgentReport): AgentState {
  if (agent.authentication != null) return "needs-authentication";
  if (agent.sessionMs !== null) return "in-session";
  return agent.listeningMs === null ? "starting" : "initialized";
}

type Agents = Pick<RuntimeState, "agent" | "otherAgents">;

/** Every agent that is known, the primary one first. */
export function agentsIn({ agent, otherAgents = [] }: Agents): AgentReport[] {
  return agent === null ? otherAgents : [agent, ...otherAgents];
}

/** What is known of the agent that a process is; null for any other process, and of an agent that has told nothing yet. */
export function agentOfProcess(
  { agent, otherAgents = [] }: Agents,
  process: Pick<ProcessState, "id" | "kind">,
): AgentReport | null {
  if (isPrimaryAgent(process)) return agent;
  return otherAgents.find(({ id }) => process.id === `agent:${id}`) ?? null;
}

/** What an agent is called where there may be several: `codex (Codex)`. */
export function agentTitle({ id, name }: Pick<AgentReport, "id" | "name">): string {
  return id === undefined ? name : `${id} (${name})`;
}

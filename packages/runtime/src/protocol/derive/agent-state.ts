import type { AgentReport } from "../event.ts";

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

import type { AgentReport } from "../event.ts";
import type { PhaseState, PhaseStatus } from "../phase.ts";
import type { ProcessState, ProcessStatus } from "../process.ts";
import type { RuntimeState } from "../state.ts";
import { isPrimaryAgent } from "./present.ts";

/** How far the agent is. */
export type AgentState =
  | "starting"
  | "initialized"
  | "needs-authentication"
  | "in-session"
  | "failed";

export const agentStateWords: Readonly<Record<AgentState, string>> = {
  starting: "starting",
  initialized: "initialized",
  "needs-authentication": "needs authentication",
  "in-session": "in session",
  failed: "failed",
};

/** @param of - The state or report that it is in. */
export function agentStateOf(agent: AgentReport, of: AgentsBesideParts): AgentState {
  if (hasFailed(agent, of)) return "failed";
  if (agent.authentication != null) return "needs-authentication";
  if (agent.sessionMs !== null) return "in-session";
  return agent.listeningMs === null ? "starting" : "initialized";
}

/** Its process was given up; or what should have given it its session, and nothing has since. */
function hasFailed(
  { id, sessionMs, authentication }: AgentReport,
  { agent: primary, phases, processes }: AgentsBesideParts,
): boolean {
  const suffix = id === undefined || id === primary?.id ? "" : `:${id}`;
  const process = processes.find((one) => one.id === `agent${suffix}`);
  if (process !== undefined && GIVEN_UP.has(process.status.id)) return true;
  if (sessionMs !== null || authentication != null) return false;
  const steps = TO_ITS_SESSION.map((step) => `agent.${step}${suffix}`);
  return phases.some((phase) => steps.includes(phase.id) && FAILED.has(phase.status));
}

const GIVEN_UP: ReadonlySet<ProcessStatus["id"]> = new Set(["failed", "not-installed"]);
const FAILED: ReadonlySet<PhaseStatus> = new Set(["failed", "warned"]);
const TO_ITS_SESSION = ["home", "spawn", "listening", "binding", "session"];

type Agents = Pick<RuntimeState, "agent" | "otherAgents">;
type AgentsBesideParts = Agents & {
  readonly phases: readonly Pick<PhaseState, "id" | "status">[];
  readonly processes: readonly Pick<ProcessState, "id" | "status">[];
};

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

/** What it is, and how far: `codex (Codex) 2.6.0, needs authentication`. */
export function agentText(agent: AgentReport, of: AgentsBesideParts): string {
  const version = agent.version === null ? "" : ` ${agent.version}`;
  return `${agentTitle(agent)}${version}, ${agentStateWords[agentStateOf(agent, of)]}`;
}

import { expect, it } from "vitest";
import { agentOfProcess } from "../../../src/protocol/derive/agent-state.ts";
import { agentReportSchema, agentStateOf } from "../../../src/protocol/index.ts";

const spawned = agentReportSchema.parse({
  name: "Codex",
  version: null,
  url: null,
  pid: 1,
  spawnedMs: 1,
  listeningMs: null,
  sessionId: null,
  sessionMs: null,
  restarts: [],
});
const initialized = { ...spawned, listeningMs: 2 };
const authentication = { message: "Authentication required", methods: [] };

it.each([
  ["starting", spawned],
  ["initialized", initialized],
  ["needs-authentication", { ...initialized, sessionMs: 3, authentication }],
  ["in-session", { ...initialized, sessionMs: 3, sessionId: "s1" }],
  // An agent without sessions.
  ["in-session", { ...initialized, sessionMs: 3 }],
] as const)("an agent is %s", (state, report) => {
  expect(agentStateOf(report)).toBe(state);
});

it("a process is told of with its own agent, and with none before that has told anything", () => {
  const agents = {
    agent: { ...spawned, id: "claude" },
    otherAgents: [{ ...spawned, id: "codex" }],
  };
  const of = (id: string, kind: "agent" | "sidecar" = "agent") =>
    agentOfProcess(agents, { id, kind })?.id ?? null;
  expect([of("agent"), of("agent:codex")]).toEqual(["claude", "codex"]);
  expect([of("agent:gemini"), of("agent", "sidecar")]).toEqual([null, null]);
});

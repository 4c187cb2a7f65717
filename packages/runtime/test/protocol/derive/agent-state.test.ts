import { expect, it } from "vitest";
import {
  agentOfProcess,
  agentReportSchema,
  agentStateOf,
  agentsIn,
  agentText,
} from "../../../src/protocol/index.ts";

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
  expect(agentStateOf(report, { agent: report, phases: [], processes: [] })).toBe(state);
});

const codex = { ...initialized, id: "codex" };
const opened = { ...codex, sessionMs: 4 };
const done = { id: "agent.session", status: "done" } as const;
const missed = { id: "agent.session:codex", status: "warned" } as const;
const given = (id: string) => ({ id, status: { id: "failed", sinceMs: 1, reason: "" } }) as const;

it.each([
  ["failed", codex, [done, missed], []],
  // Somebody has restarted it since.
  ["in-session", opened, [done, missed], []],
  ["needs-authentication", { ...codex, authentication }, [done, missed], []],
  ["failed", opened, [done], [given("agent:codex")]],
  // That is another one's.
  ["in-session", opened, [done], [given("agent")]],
] as const)("an agent beside the primary one is %s", (state, report, phases, processes) => {
  const agent = { ...initialized, id: "main", sessionMs: 3 };
  const of = { agent, otherAgents: [report], phases, processes };
  expect(agentStateOf(report, of)).toBe(state);
});

it("a report names each agent with its version and state", () => {
  const agent = { ...initialized, id: "main", version: "1.2", sessionMs: 3 };
  const of = { agent, otherAgents: [codex], phases: [missed], processes: [] };
  expect(agentsIn(of).map((one) => agentText(one, of))).toEqual([
    "main (Codex) 1.2, in session",
    "codex (Codex), failed",
  ]);
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

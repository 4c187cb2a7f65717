import { expect, it, onTestFinished } from "vitest";
import { AgentReportTracker } from "../../src/agents/agent-report.ts";
import { agentDriver } from "../../src/agents/registry.ts";
import { processClock } from "../../src/base/clock.ts";
import { SessionRestorer } from "../../src/boot/session-restorer.ts";
import { loadConfig } from "../../src/config/load.ts";
import { EventBus } from "../../src/observe/events/bus.ts";
import { scratchFolder } from "../support/scratch.ts";
import { Supervised, until } from "../support/supervised.ts";

const { signal } = new AbortController();

/** An agent of the boot, by its process, and the session of each process that has opened a workspace. */
async function booting() {
  const { add } = new Supervised();
  const agent = add("agent", "echo up; exec sleep 1000");
  const config = await loadConfig({ cwd: await scratchFolder(), env: {} });
  const bus = new EventBus({ clock: processClock, redact: (value) => value });
  const created: string[] = [];
  const createSession = async (_: URL, directory: string) => {
    const sessionId = `session ${created.push(directory)}`;
    const none = { catalogue: null, authentication: null, warnings: [] };
    return { ...none, sessionId, version: "1", isMisfit: false };
  };
  const restorer = new SessionRestorer({
    driver: () => ({ ...agentDriver(config), createSession }),
    title: "agent",
    isPrimary: true,
    packages: () => Promise.reject(new Error("none")),
    linked: "nothing",
    process: agent,
    report: new AgentReportTracker(bus, "agent", config.agent),
    door: { open: () => 0, hold: () => {}, refuse: () => {} },
    prompts: { next: signal },
    clock: processClock,
    url: new URL("http://127.0.0.1:4096"),
    sessionMs: 60_000,
  });
  onTestFinished(() => restorer[Symbol.asyncDispose]());
  await agent.start();
  await until(agent, "running");
  return { agent, restorer, created, bus };
}

it("a process that has opened the workspace is not asked again when its door opens", async () => {
  const { restorer, created } = await booting();
  restorer.opened();
  await restorer.begin("/workspace", signal);
  expect(created).toEqual([]);
});

it("C16: a process that was started after the boot has opened the workspace opens it before its door does", async () => {
  const { agent, restorer, created, bus } = await booting();
  restorer.opened();
  const pid = await agent.restart();
  await restorer.begin("/workspace", signal);
  expect(created).toEqual(["/workspace"]);
  expect(bus.state.agent).toMatchObject({ pid, sessionId: "session 1" });
});

import { describe, expect, it } from "vitest";
import type { BootReport } from "../../../src/protocol/index.ts";
import { Gate } from "../../support/gate.ts";
import { ask } from "../../support/http.ts";
import type { RunningSandboot } from "../../support/sandboot.ts";
import { Sandbox, type SandboxOptions } from "../../support/sandbox.ts";

describe("the agent exits by itself", () => {
  it("after ready, or is restarted by the API: it opens the workspace again, and requests of the meantime are answered", async () => {
    const sandbox = await Sandbox.create();
    const boot = await sandbox.boot();
    await boot.until("boot.ready");
    const first = lastAgent(boot);
    process.kill(first.pid ?? 0, "SIGKILL");
    // One request before the runtime can have noticed the exit, one while the agent is down.
    const [early, held] = await Promise.all([
      sandbox.ask("/global/health"),
      boot
        .until("bridge.changed", ({ bridge }) => bridge.gate === "holding")
        .then(() => createSession(sandbox, "held")),
    ]);
    expect([early.status, held.status]).toEqual([200, 200]);

    const { seq: heldAt } = await boot.until(
      "bridge.changed",
      ({ bridge }) => bridge.gate === "holding",
    );
    await boot.until("bridge.changed", ({ bridge, seq }) => bridge.gate === "open" && seq > heldAt);
    const again = lastAgent(boot);
    expect(again.pid).not.toBe(first.pid);
    expect(again.sessionId).not.toBe(first.sessionId);
    expect(again.restarts).toEqual([{ reason: "was ended by SIGKILL", paths: [] }]);
    const gates = boot.events.flatMap((event) =>
      event.type === "bridge.changed" ? [event.bridge.gate] : [],
    );
    expect(gates).toEqual(["open", "holding", "open"]);
    const opened = boot.events.findLastIndex((event) => event.type === "bridge.changed");
    const session = boot.events.findLastIndex((event) => event.type === "agent.changed");
    expect(session).toBeLessThan(opened);

    // By the API: the report gives the reason.
    expect(await statusOf(sandbox, "POST", "/v1/processes/agent/restart")).toBeLessThan(300);
    // Whatever state the new process is in.
    expect((await createSession(sandbox, "held")).status).toBe(200);
    const { agent: third } = await boot.until(
      "agent.changed",
      ({ agent }) =>
        agent.restarts.length > 1 && ![null, again.sessionId].includes(agent.sessionId),
    );
    expect(third.restarts).toEqual([
      ...again.restarts,
      { reason: "was stopped by hand", paths: [] },
    ]);
    boot.signal("SIGTERM");
    expect((await boot.ended()).exitCode).toBe(0);
  });

  it("given up: requests are refused at once", async () => {
    const sandbox = await Sandbox.create({
      agentKind: "fixture",
      agent: { restart: "never" },
      bridge: { maxHeld: 8 },
    });
    const boot = await sandbox.boot();
    await boot.until("boot.ready");
    process.kill(lastAgent(boot).pid ?? 0, "SIGKILL");
    await boot.until("bridge.changed", ({ bridge }) => bridge.gate === "refusing");
    expect(await statusOf(sandbox, "GET", "/readyz")).toBe(503);
    expect(await statusOf(sandbox, "GET", "/livez")).toBe(200);
    const answer = await createSession(sandbox, "too late");
    expect(answer.status).toBe(503);
    expect(JSON.parse(answer.body).error).toMatchObject({
      code: "not-ready",
      message: "the sandbox has no agent",
      hint: expect.stringContaining("was ended by SIGKILL"),
    });
    boot.signal("SIGTERM");
    expect((await boot.ended()).exitCode).toBe(0);
  });

  it("given up, and no sandbox is wanted without it: the sandbox ends as failed", async () => {
    const sandbox = await Sandbox.create({
      agentKind: "fixture",
      agent: { restart: "never", whenGivenUp: "end" },
    });
    const boot = await sandbox.boot();
    await boot.until("boot.ready");
    process.kill(lastAgent(boot).pid ?? 0, "SIGKILL");
    const { exitCode, stderr } = await boot.ended();
    expect(exitCode).toBe(1);
    expect(stderr).toContain("agent was ended by SIGKILL");
    expect(boot.events.filter(({ type }) => type === "boot.failed")).toMatchObject([
      { phase: "agent", failure: { code: "process-exited" } },
    ]);
    expect(sandbox.left()).toEqual([]);
  });

  it("during its start: it is restarted within its budget, then the boot fails with its output", async () => {
    const command = ["bash", "-c", "echo there is no licence >&2; exit 4"];
    const restart = { when: "always", max: 2, backoffSeconds: 0.01 };
    const { sandbox } = await withWaitingHook({ agent: { command, restart } });
    const boot = await sandbox.boot();
    const { exitCode, stderr } = await boot.ended();
    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      "agent was given up: restarted 2 times within 60 s, and ended with exit code 4 again",
    );
    expect(stderr).toContain("there is no licence");
    expect(await boot.report()).toMatchObject({
      fatal: { phase: "agent.listening", failure: { code: "process-exited" } },
    });
    expect(statusesOf(await boot.report())).toMatchObject({
      "hook.start:demo": "cancelled",
      "agent.session": "skipped",
    });
    expect(sandbox.left()).toEqual([]);
  });

  it("during its start, with restart never: the boot fails at once", async () => {
    const command = ["bash", "-c", "exit 4"];
    const { sandbox } = await withWaitingHook({ agent: { command, restart: "never" } });
    const boot = await sandbox.boot();
    const { exitCode, stderr } = await boot.ended();
    expect(exitCode).toBe(1);
    expect(stderr).toContain("agent ended with exit code 4 before it was ready");
    expect(boot.position("process.changed", ({ process }) => process.status.id === "backoff")).toBe(
      -1,
    );
  });

  it.each([
    ["before it listens", "agent.spawn"],
    ["after it listens", "agent.listening"],
  ])("while hooks run, %s: it runs again before the hooks have ended", async (_, phase) => {
    const { sandbox, gate } = await withWaitingHook();
    const boot = await sandbox.boot();
    await boot.until("phase.ended", ({ id }) => id === phase);
    const { pid } = lastAgent(boot);
    process.kill(pid ?? 0, "SIGKILL");
    const { process: next } = await boot.until(
      "process.changed",
      ({ process }) =>
        process.id === "agent" && process.status.id === "running" && process.status.pid !== pid,
    );
    expect(boot.position("phase.ended", ({ id }) => id === "hook.start:demo")).toBe(-1);
    await gate.open();
    await boot.until("boot.ready");
    const again = lastAgent(boot);
    expect(next).toMatchObject({ restarts: 1, status: { pid: again.pid } });
    expect(again.restarts).toEqual([{ reason: "was ended by SIGKILL", paths: [] }]);
    const sessions = boot.events.flatMap((event) =>
      event.type === "agent.changed" ? (event.agent.sessionId ?? []) : [],
    );
    expect(new Set(sessions).size).toBe(1);
    expect((await createSession(sandbox, "works")).status).toBe(200);
    boot.signal("SIGTERM");
    expect((await boot.ended()).exitCode).toBe(0);
  });

  it("C8: while hooks run, and given up: the boot fails at once, and the hooks are cancelled", async () => {
    const { sandbox } = await withWaitingHook({
      agentKind: "fixture",
      agent: { restart: "never", start: "speculative" },
    });
    const boot = await sandbox.boot();
    await boot.until("phase.ended", ({ id }) => id === "agent.listening");
    process.kill(lastAgent(boot).pid ?? 0, "SIGKILL");
    const { exitCode, stderr } = await boot.ended();
    expect(exitCode).toBe(1);
    expect(stderr).toContain("agent was ended by SIGKILL");
    expect(stderr).toContain("the fixture listens");
    const report = await boot.report();
    expect(report.fatal).toMatchObject({
      phase: "agent.session",
      failure: { code: "process-exited" },
      readyByThen: expect.arrayContaining(["agent.listening"]),
    });
    expect(statusesOf(report)).toMatchObject({
      "agent.session": "failed",
      "hook.start:demo": "cancelled",
      bridge: "skipped",
    });
    expect(sandbox.left()).toEqual([]);
  });
});

/** Makes a sandbox whose start.sh waits until the test opens a gate. */
async function withWaitingHook(options: SandboxOptions = {}) {
  const gate = await Gate.create();
  const files = { ".openinspect/start.sh": gate.wait };
  return { gate, sandbox: await Sandbox.create({ files, ...options }) };
}

const statusesOf = ({ phases }: BootReport) =>
  Object.fromEntries(phases.map(({ id, status }) => [id, status]));

function lastAgent({ events }: RunningSandboot) {
  const event = events.findLast((one) => one.type === "agent.changed");
  if (event?.type !== "agent.changed") throw new Error("there was no agent.changed event");
  return event.agent;
}

/** The HTTP status of an answer of the status API. */
async function statusOf(sandbox: Sandbox, method: string, path: string): Promise<number> {
  return (await ask(sandbox.socket, path, { method })).status;
}

function createSession(sandbox: Sandbox, title: string) {
  return sandbox.ask("/session", {
    method: "POST",
    body: { title },
    headers: { "x-opencode-directory": encodeURIComponent(sandbox.repository) },
  });
}

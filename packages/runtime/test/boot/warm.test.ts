import { describe, expect, it } from "vitest";
import { ask } from "../support/http.ts";
import { Sandbox } from "../support/sandbox.ts";
import { adoptBy, createSeed, promptStatus } from "../support/seed.ts";

const createSandbox = (requests: readonly object[], agent: object = {}) =>
  Sandbox.create({ agentKind: "fixture", agent: { warm: { requests }, ...agent } });

/** Waits until the agent has seen a request, or seen its client leave. */
async function seen(sandbox: Sandbox, what: { readonly url?: string; readonly left?: string }) {
  await expect.poll(() => sandbox.agentRecord()).toContainEqual(expect.objectContaining(what));
}

describe("the warm-up in the workspace", () => {
  it("is ended by a prompt, which does not wait for it", async () => {
    const sandbox = await createSandbox([{ path: "/hold" }, { path: "/never" }]);
    const boot = await sandbox.boot();
    await boot.until("boot.ready");
    await seen(sandbox, { url: "/hold" });
    expect(boot.position("boot.warm")).toBe(-1);

    expect((await sandbox.ask("/prompt", { method: "POST", body: {} })).status).toBe(200);
    const ended = await boot.until("phase.ended", ({ id }) => id === "agent.warm:workspace");
    expect(ended).toMatchObject({ status: "cancelled", detail: { until: "prompt" } });
    await seen(sandbox, { left: "/hold" });
    // The answer is as good as a warm-up.
    const { warmMs } = await boot.until("boot.warm");
    boot.signal("SIGTERM");
    await boot.ended();
    const urls = (await sandbox.agentRecord()).map(({ url }) => url);
    expect(urls).not.toContain("/never");
    expect(await boot.report()).toMatchObject({
      warmMs,
      agent: { firstAnswer: { kind: "answered", endMs: expect.any(Number) } },
    });
  });

  it("is ended by a freeze, and not by one that came before it", async () => {
    const agent = { warm: { requests: [{ path: "/hold" }] } };
    const sandbox = await createSeed({ agent });
    const boot = await sandbox.boot();
    await boot.until("boot.seeded");
    const post = (path: string) => ask(sandbox.socket, path, { method: "POST", body: "{}" });
    await post("/v1/freeze");
    await post("/v1/thaw");
    const { path: url } = sandbox.origin;
    const repositories = [{ name: "demo", url, branch: "main" }];
    expect((await adoptBy(sandbox.socket, { repositories })).status).toBe(200);
    await seen(sandbox, { url: "/hold" });

    const frozen = (await post("/v1/freeze")).json();
    expect(frozen).toMatchObject({ frozen: true, unfinished: { phases: [] } });
    const ended = await boot.until("phase.ended", ({ id }) => id === "agent.warm:workspace");
    expect(ended).toMatchObject({ status: "cancelled", detail: { until: "freeze" } });
    await post("/v1/thaw");
    expect(await promptStatus(sandbox)).toBe(200);
  });

  it("is not ended by a request that is no prompt", async () => {
    const sandbox = await createSandbox([{ path: "/hold" }], { promptPath: "/chats/*/prompt" });
    const boot = await sandbox.boot();
    await boot.until("boot.ready");
    await seen(sandbox, { url: "/hold" });
    await sandbox.ask("/chats/1/title", { method: "POST", body: {} });
    await sandbox.ask("/chats/1/prompt");
    expect(boot.position("phase.ended", ({ id }) => id === "agent.warm:workspace")).toBe(-1);
    await sandbox.ask("/chats/1/prompt?now", { method: "POST", body: {} });
    await boot.until("phase.ended", ({ id }) => id === "agent.warm:workspace");
    const { agent } = await boot.until(
      "agent.changed",
      (event) => event.agent.firstAnswer !== null,
    );
    const { headersMs = 0, firstByteMs, endMs = 0 } = agent.firstAnswer ?? {};
    expect(headersMs).toBeLessThanOrEqual(firstByteMs ?? -1);
    expect(firstByteMs).toBeLessThanOrEqual(endMs);
  });

  it("sends its requests in order, each with the folder; --until warm waits for them", async () => {
    const sandbox = await createSandbox([
      { path: "/one?folder={directory}", method: "GET" },
      { path: "/two", body: { folder: "{directory}" } },
    ]);
    const boot = await sandbox.boot({ args: ["--until", "warm"] });
    const { readyMs } = await boot.until("boot.ready");
    const { warmMs } = await boot.until("boot.warm");
    expect((await boot.ended()).exitCode).toBe(0);
    const requests = (await sandbox.agentRecord()).filter(({ url }) => url !== undefined);
    expect(requests).toMatchObject([
      { url: `/one?folder=${encodeURIComponent(sandbox.repository)}` },
      { url: "/two", body: JSON.stringify({ folder: sandbox.repository }) },
    ]);
    expect(warmMs).toBeGreaterThanOrEqual(readyMs);
    const report = await boot.report();
    expect(report).toMatchObject({ outcome: "ready", readyMs, warmMs });
    expect(report.phases.find(({ id }) => id === "ready")?.critical).toBe(true);
  });

  it("that the agent refuses is a warning, and the sandbox stays ready", async () => {
    const sandbox = await createSandbox([{ path: "/status/500" }]);
    const boot = await sandbox.boot({ args: ["--until", "warm"] });
    const ended = await boot.until("phase.ended", ({ id }) => id === "agent.warm:workspace");
    expect(ended).toMatchObject({ status: "warned", failure: { code: "agent-warm-up" } });
    expect((await boot.ended()).exitCode).toBe(0);
    expect(boot.position("boot.warm")).toBe(-1);
    expect(await boot.report()).toMatchObject({ outcome: "ready", warmMs: null });
  });

  it("is done again when the agent was restarted, until a prompt comes", async () => {
    const sandbox = await createSandbox([{ path: "/one" }, { path: "/hold" }, { path: "/never" }]);
    const boot = await sandbox.boot();
    await boot.until("boot.ready");
    await seen(sandbox, { url: "/hold" });
    expect((await sandbox.ask("/prompt", { method: "POST", body: {} })).status).toBe(200);
    await seen(sandbox, { left: "/hold" });

    await ask(sandbox.socket, "/v1/processes/agent/restart", { method: "POST" });
    const urls = async () => (await sandbox.agentRecord()).map(({ url, left }) => url ?? left);
    const warmUps = async () => (await urls()).filter((url) => url === "/one");
    await expect.poll(warmUps).toEqual(["/one", "/one"]);
    // Both have been asked for, and both clients have left.
    const holds = async () => (await urls()).filter((url) => url === "/hold");
    await expect.poll(holds).toHaveLength(3);
    expect((await sandbox.ask("/prompt", { method: "POST", body: {} })).status).toBe(200);
    await expect.poll(holds).toHaveLength(4);
    boot.signal("SIGTERM");
    await boot.ended();
    expect(await urls()).not.toContain("/never");
  });

  it("shows in /startupz?warm, and in the metrics", async () => {
    const sandbox = await createSandbox([{ path: "/hold" }]);
    const boot = await sandbox.boot();
    await boot.until("boot.ready");
    await seen(sandbox, { url: "/hold" });
    expect((await ask(sandbox.socket, "/startupz")).status).toBe(200);
    expect((await ask(sandbox.socket, "/startupz?warm")).status).toBe(503);
    await sandbox.ask("/prompt", { method: "POST", body: {} });
    await boot.until("boot.warm");
    expect((await ask(sandbox.socket, "/startupz?warm")).status).toBe(200);
    const { body } = await ask(sandbox.socket, "/metrics");
    expect(body).toMatch(/^sandboot_warm_duration_seconds \d/m);
    for (const part of ["headers", "first_byte", "end"]) {
      expect(body).toMatch(
        new RegExp(
          `^sandboot_first_answer_seconds_count\\{part="${part}",kind="answered"\\} 1$`,
          "m",
        ),
      );
    }
  });
});

import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Sandbox } from "../support/sandbox.ts";

describe("agents/command: any HTTP agent", () => {
  it("starts after the hooks in the workspace, is ready by its probe, gets its warm-up request", async () => {
    const sandbox = await Sandbox.create({
      agentKind: "fixture",
      files: { ".openinspect/start.sh": "sleep 0.05; echo started\n" },
      agent: {
        readiness: { http: "/health" },
        warmUp: {
          path: "/open?folder={directory}",
          headers: { "x-folder": "{directory}" },
          body: { folder: "{directory}", deep: ["{directory}", 1] },
        },
        env: { GREETING: "hello" },
      },
    });
    const boot = await sandbox.boot();
    await boot.until("boot.ready");

    const record = await sandbox.agentRecord();
    expect(record[0]?.started).toMatchObject({
      cwd: sandbox.repository,
      port: String(sandbox.agentPort),
    });
    expect(record.find(({ url }) => url === "/health")?.method).toBe("GET");
    const folder = sandbox.repository;
    // A probe request that was under way when another one was answered may arrive late.
    expect(record.filter(({ url }) => url !== "/health").at(-1)).toMatchObject({
      method: "POST",
      url: `/open?folder=${encodeURIComponent(folder)}`,
      headers: { "x-folder": encodeURIComponent(folder) },
      body: JSON.stringify({ folder, deep: [folder, 1] }),
    });
    expect(boot.position("phase.started", ({ id }) => id === "agent.spawn")).toBeGreaterThan(
      boot.position("phase.ended", ({ id }) => id === "hook.start:demo"),
    );

    // Prompts go through the bridge to any agent.
    const { env } = JSON.parse((await sandbox.ask("/anything")).body);
    expect(env).toMatchObject({ GREETING: "hello" });
    boot.signal("SIGTERM");
    expect((await boot.ended()).exitCode).toBe(0);
  });

  it("starts at once in a neutral folder with agent.start: speculative", async () => {
    const sandbox = await Sandbox.create({
      agentKind: "fixture",
      agent: { start: "speculative" },
    });
    const boot = await sandbox.boot({ args: ["--until", "ready"] });
    expect((await boot.ended()).exitCode).toBe(0);
    const [{ started } = {}] = await sandbox.agentRecord();
    expect(started?.cwd).toBe(join(sandbox.folder, "state/neutral"));
  });

  it("fails the boot with the answer when the warm-up request is refused", async () => {
    const sandbox = await Sandbox.create({
      agentKind: "fixture",
      agent: { warmUp: { path: "/status/500" } },
    });
    const { exitCode, stderr } = await (await sandbox.boot()).ended();
    expect(exitCode).toBe(1);
    expect(stderr).toContain("the agent answered 500 to the warm-up request POST /status/500");
  });

  it("accepts the status of the warm-up's answer that the config gives", async () => {
    const sandbox = await Sandbox.create({
      agentKind: "fixture",
      agent: { warmUp: { method: "GET", path: "/status/404", status: 404 } },
    });
    const boot = await sandbox.boot({ args: ["--until", "ready"] });
    expect((await boot.ended()).exitCode).toBe(0);
  });

  it("refuses keys of the other kind, and names them", async () => {
    const sandbox = await Sandbox.create({
      agentKind: "fixture",
      agent: { kind: "opencode", warmUp: { path: "/x" } },
    });
    const { exitCode, stderr } = await (await sandbox.boot()).ended();
    expect(exitCode).toBe(2);
    expect(stderr).toContain('agent.warmUp: expected it only with agent.kind "command"');
  });
});

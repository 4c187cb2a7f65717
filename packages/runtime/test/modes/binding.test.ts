import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FakeControlPlane } from "../fixtures/control-plane.ts";
import { ask } from "../support/http.ts";
import type { RunningSandboot } from "../support/sandboot.ts";
import type { Sandbox } from "../support/sandbox.ts";
import { freePort } from "../support/scratch.ts";
import { adoptBy, createSeed, promptStatus } from "../support/seed.ts";

async function bootSeed(sandbox: Sandbox, env = {}): Promise<RunningSandboot> {
  const boot = await sandbox.boot({ env });
  await boot.until("boot.seeded");
  return boot;
}

async function end(boot: RunningSandboot): Promise<void> {
  boot.signal("SIGTERM");
  expect((await boot.ended()).exitCode).toBe(0);
}

describe("a binding", () => {
  it("gives a running seed its name, tokens, variables, limits and control plane", async () => {
    const pool = await (await FakeControlPlane.create()).up();
    const theirs = await (await FakeControlPlane.create()).up();
    const statusPort = await freePort();
    const sandbox = await createSeed({
      files: {
        ".openinspect/start.sh": 'echo "tenant: $TENANT"; test "$TENANT" = acme\n',
      },
      config: {
        sandboxId: "pool-1",
        controlPlane: { url: pool.url, token: "plane-of-the-pool" },
        status: { port: statusPort, token: "status-of-the-pool" },
      },
    });
    const boot = await bootSeed(sandbox);
    const early = promptStatus(sandbox, "bridge-of-acme");
    const stranger = promptStatus(sandbox);
    const answer = await adoptBy(sandbox.socket, {
      version: 1,
      id: "claim-7",
      sandboxId: "box-7",
      repositories: [{ name: "demo", url: sandbox.origin.path }],
      env: { TENANT: "acme" },
      tokens: { bridge: "bridge-of-acme", status: "status-of-acme" },
      controlPlane: { url: theirs.url },
      hooks: { startSeconds: 60 },
    });
    expect(answer).toMatchObject({ status: 200, bindingId: "claim-7" });
    // Both came before anybody knew the token.
    expect([await early, await stranger]).toEqual([200, 401]);
    expect([await promptStatus(sandbox, "bridge-of-acme"), await promptStatus(sandbox)]).toEqual([
      200, 401,
    ]);
    const stateWith = async (token: string) => {
      const headers = { authorization: `Bearer ${token}` };
      const { status, body } = await ask(statusPort, "/v1/state", { headers });
      return { status, sandboxId: status === 200 ? JSON.parse(body).sandboxId : null };
    };
    expect(await stateWith("status-of-acme")).toEqual({ status: 200, sandboxId: "box-7" });
    for (const token of ["status-of-the-pool", "bridge-of-acme"]) {
      expect(await stateWith(token)).toMatchObject({ status: 401 });
    }
    // The agent has read its environment at its start, so it was started again.
    const restart = "the binding changed what it was started with: TENANT";
    await theirs.until(() => theirs.taken.some(({ path }) => path.endsWith("/report")));
    expect(theirs.taken.map(({ path, body }) => [path, body["event"] ?? body["outcome"]])).toEqual(
      expect.arrayContaining([
        ["/base/sandbox/box-7/state", "adopt.started"],
        ["/base/sandbox/box-7/state", "boot.ready"],
        ["/base/sandbox/box-7/report", "ready"],
      ]),
    );
    expect(theirs.taken[0]?.authorization).toBe("Bearer bridge-of-acme");
    await end(boot);
    expect(JSON.stringify(pool.tries)).not.toContain("box-7");
    const report = await boot.report();
    expect(report).toMatchObject({
      sandboxId: "box-7",
      adopt: { status: "adopted", bindingId: "claim-7" },
      agent: { restarts: [{ reason: restart, paths: [] }] },
    });
    expect(report.phases.find(({ id }) => id === "binding")?.detail).toEqual({
      restarted: [{ process: "agent", because: ["TENANT"] }],
    });
  });

  it("that changes no variable restarts nothing, and a terminal opens with what holds then", async () => {
    const sandbox = await createSeed({
      config: {
        terminal: {
          // In place of ttyd: what it would run for each terminal.
          command: [process.execPath, join(import.meta.dirname, "../fixtures/terminal.ts")],
          port: await freePort(),
          shell: ["bash", "-c", 'echo "$PWD $TENANT"'],
        },
        sidecars: [{ id: "mine", command: ["sleep", "1000"] }],
      },
    });
    const boot = await bootSeed(sandbox);
    const terminal = async () => {
      const { port } = sandbox.config["terminal"] as { port: number };
      return (await ask(port, "/open")).body.trim();
    };
    expect(await terminal()).toBe(join(sandbox.folder, "workspace"));
    const repositories = [{ name: "demo", url: sandbox.origin.path }];
    const answer = await adoptBy(sandbox.socket, { repositories, tokens: { bridge: "theirs" } });
    expect(answer.status).toBe(200);
    expect(await terminal()).toBe(sandbox.repository);
    await end(boot);
    const { phases, agent } = await boot.report();
    expect(phases.find(({ id }) => id === "binding")?.detail).toEqual({ restarted: [] });
    expect(agent?.restarts).toEqual([]);
  });
});

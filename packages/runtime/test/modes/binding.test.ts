import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FakeControlPlane } from "../fixtures/control-plane.ts";
import { ask } from "../support/http.ts";
import type { RunningSandboot } from "../support/sandboot.ts";
import { acpAgent, type Sandbox } from "../support/sandbox.ts";
import { freePort } from "../support/scratch.ts";
import { searchFiles } from "../support/search.ts";
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
    expect(report.phases.find(({ id }) => id === "agent.binding")?.detail).toEqual({
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
    await boot.until("phase.ended", ({ id }) => id === "sidecar.ttyd");
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
    for (const phase of ["agent.binding", "binding"]) {
      expect(phases.find(({ id }) => id === phase)?.detail).toEqual({ restarted: [] });
    }
    expect(agent?.restarts).toEqual([]);
  });

  it("gives each of several agents its own, and one that fails leaves none of it", async () => {
    const sandbox = await createSeed({
      agentKind: "acp",
      // Fails when the agent has got the first key, until it is allowed.
      files: {
        ".openinspect/start.sh":
          "until grep -q key-of-the-first ../../second.jsonl; do sleep 0.02; done; test -e ~/allowed\n",
      },
    });
    const { agent, ...config } = sandbox.config;
    const second = [process.execPath, acpAgent, join(sandbox.folder, "second.jsonl")];
    for (const key of Object.keys(sandbox.config)) delete sandbox.config[key];
    Object.assign(sandbox.config, config, {
      agents: [
        { ...Object(agent), id: "first" },
        { id: "second", kind: "acp", port: await freePort(), command: second },
      ],
    });
    const boot = await bootSeed(sandbox);
    const { pid } = (await boot.until("agent.changed", (event) => event.agent.pid !== null)).agent;
    const bindingWith = (key: string) => ({
      repositories: [{ name: "demo", url: sandbox.origin.path }],
      agents: { second: { auth: { key: { AGENT_KEY: key } } } },
    });
    const failed = await adoptBy(sandbox.socket, bindingWith("key-of-the-first"));
    expect(failed).toMatchObject({
      status: 422,
      error: { code: "hook-failed", detail: { spent: false } },
    });
    const { agent: undone } = await boot.until(
      "other-agent.changed",
      (event) => event.agent.restarts.length === 2,
    );
    await boot.until(
      "process.changed",
      ({ process: { status } }) => status.id === "running" && status.pid === undone.pid,
    );
    await writeFile(join(sandbox.home, "allowed"), "");
    const answer = await adoptBy(sandbox.socket, bindingWith("key-of-the-second"));
    expect(answer.status).toBe(200);
    await boot.until(
      "phase.ended",
      ({ id, status }) => id === "agent.door:second" && status === "done",
    );
    const starts = (await sandbox.agentRecord("second")).filter(({ started }) => started);
    expect(starts).toMatchObject(
      [null, "key-of-the-first", null, "key-of-the-second"].map((key) => ({ started: { key } })),
    );
    await end(boot);
    const report = await boot.report();
    expect(report.agent).toMatchObject({ id: "first", pid, restarts: [] });
    const details = ["agent.binding", "agent.binding:second"].map(
      (phase) => report.phases.find(({ id }) => id === phase)?.detail,
    );
    expect(details).toEqual([
      { restarted: [] },
      { restarted: [{ process: "agent:second", because: ["AGENT_KEY"] }] },
    ]);
    const said = JSON.stringify([boot.events, report]);
    for (const key of ["key-of-the-first", "key-of-the-second"]) expect(said).not.toContain(key);
    expect(await searchFiles(join(sandbox.folder, "state"), ["key-of-the-first"])).toEqual([]);
  });

  it("that fails and cannot be undone leaves a seed that says so, and that nobody gets", async () => {
    const agent = join(import.meta.dirname, "../fixtures/http-agent.mjs");
    const sandbox = await createSeed({
      // Waits for the agent that has the tenant's variables.
      files: { ".openinspect/start.sh": 'cd "$FOLDER"; read -r < up; rm agent; exit 3\n' },
      agent: { command: ["./agent", "{port}"] },
    });
    const program = [
      "#!/bin/sh",
      `test -z "$TENANT" || echo up > "$FOLDER/up"`,
      `exec ${process.execPath} ${agent} "$1" "$FOLDER/agent.jsonl"`,
    ];
    await writeFile(join(sandbox.folder, "agent"), program.join("\n"), { mode: 0o755 });
    execFileSync("mkfifo", [join(sandbox.folder, "up")]);
    const boot = await bootSeed(sandbox, { FOLDER: sandbox.folder });
    const inPool = async () => (await ask(sandbox.socket, "/readyz?seed")).status;
    expect(await inPool()).toBe(200);
    const binding = {
      id: "claim-7",
      repositories: [{ name: "demo", url: sandbox.origin.path }],
      env: { TENANT: "acme" },
    };
    // The agent that got the tenant's variables cannot be started again without them.
    expect(await adoptBy(sandbox.socket, binding)).toMatchObject({
      status: 422,
      error: { code: "hook-failed", detail: { spent: true } },
    });
    expect(await inPool()).toBe(503);
    for (const id of ["claim-7", "claim-8"]) {
      const again = await adoptBy(sandbox.socket, { ...binding, id });
      expect(again).toMatchObject({ status: 409, error: { code: "spent" } });
    }
    const state = JSON.parse((await ask(sandbox.socket, "/v1/state")).body);
    expect(state).toMatchObject({
      present: { id: "spent" },
      adopt: { status: "failed", spent: { code: "not-installed" } },
    });
    // All else is undone.
    expect(await searchFiles(join(sandbox.folder, "workspace"), ["Demo"])).toEqual([]);
    await end(boot);
  });

  it("over the network takes the pool's enrolment token, once: then only the tenant's tokens hold", async () => {
    const port = await freePort();
    const sandbox = await createSeed({
      files: { ".openinspect/start.sh": 'test "$TENANT" = acme\n' },
      config: { status: { host: "0.0.0.0", port } },
    });
    const boot = await bootSeed(sandbox, {
      SANDBOOT_ENROLMENT_TOKEN: "token-of-the-pool",
      SANDBOOT_METRICS_TOKEN: "token-of-prometheus",
    });
    const statusOf = async (path: string, token?: string) => {
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
      return (await ask(port, path, { headers })).status;
    };
    const claim = (id: string, tenant: string, token?: string) => {
      const tokens = { status: "token-of-the-tenant" };
      const repositories = [{ url: sandbox.origin.path, name: "demo" }];
      return adoptBy(port, { id, repositories, env: { TENANT: tenant }, tokens }, token);
    };
    // It can do this one thing.
    expect(await statusOf("/v1/state", "token-of-the-pool")).toBe(401);
    expect(await statusOf("/livez")).toBe(200);
    for (const token of [undefined, "token-of-the-tenant", "token-of-the-poo"]) {
      expect((await claim("claim-7", "acme", token)).status).toBe(401);
    }
    // A claim that fails leaves the seed as it was, and its token.
    const failed = await claim("claim-6", "other", "token-of-the-pool");
    expect(failed).toMatchObject({ status: 422, error: { code: "hook-failed" } });
    expect(await statusOf("/v1/state", "token-of-the-tenant")).toBe(401);

    const [bound, same, other] = await Promise.all([
      claim("claim-7", "acme", "token-of-the-pool"),
      claim("claim-7", "acme", "token-of-the-pool"),
      claim("claim-8", "acme", "token-of-the-pool"),
    ]);
    expect(bound).toMatchObject({ status: 200, bindingId: "claim-7" });
    expect(same).toEqual(bound);
    expect(other).toMatchObject({ status: 409, error: { code: "adopting" } });
    expect((await claim("claim-7", "acme", "token-of-the-pool")).status).toBe(401);
    expect(await claim("claim-7", "acme", "token-of-the-tenant")).toEqual(bound);
    expect(await claim("claim-8", "acme", "token-of-the-tenant")).toMatchObject({
      status: 409,
      error: { code: "already-bound", detail: { id: "claim-7" } },
    });
    const { env } = JSON.parse((await sandbox.ask("/prompt")).body);
    expect(env).toMatchObject({ TENANT: "acme" });
    expect(env).not.toHaveProperty("SANDBOOT_ENROLMENT_TOKEN");
    expect(env).not.toHaveProperty("SANDBOOT_METRICS_TOKEN");
    // Prometheus reads on, and nothing else.
    expect(await statusOf("/metrics", "token-of-prometheus")).toBe(200);
    expect(await statusOf("/v1/state", "token-of-prometheus")).toBe(401);
    await end(boot);
    const { agent } = await boot.report();
    expect(agent?.restarts.map(({ reason }) => reason)).toEqual([
      // For the claim that failed, back to the seed's, and for the one that did not.
      expect.stringContaining("TENANT"),
      expect.stringContaining("TENANT"),
      expect.stringContaining("TENANT"),
    ]);
  });
});

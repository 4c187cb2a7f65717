import { getPriority } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { RuntimeState } from "../../src/protocol/index.ts";
import { AcpClient } from "../support/acp-client.ts";
import { Gate } from "../support/gate.ts";
import { ask } from "../support/http.ts";
import { acpAgent, httpAgent, Sandbox } from "../support/sandbox.ts";
import { freePort } from "../support/scratch.ts";

/** A sandbox with a primary agent that speaks ACP, and others. Each records under its id. */
async function several(others: readonly object[] = []) {
  const sandbox = await Sandbox.create();
  const { agent: _, stage: __, ...config } = sandbox.config;
  const record = (id: string) => join(sandbox.folder, `${id}.jsonl`);
  const acp = async (id: string) => {
    const command = [process.execPath, acpAgent, record(id)];
    return { id, kind: "acp", port: await freePort(), command };
  };
  const web = [process.execPath, httpAgent, "{port}", record("web")];
  const agents = [
    { ...(await acp("second")), envFile: join(sandbox.folder, "second.env") },
    { ...(await acp("main")), primary: true },
    { id: "web", kind: "command", start: "speculative", port: await freePort(), command: web },
    ...others,
  ];
  for (const key of Object.keys(sandbox.config)) delete sandbox.config[key];
  Object.assign(sandbox.config, config, { agents });
  return sandbox;
}

const stateOf = async (sandbox: Sandbox) =>
  JSON.parse((await ask(sandbox.socket, "/v1/state")).body) as RuntimeState;

describe("several agents in one sandbox", () => {
  it("each has its own start, its session after the hooks (C2, C4), its door (C3) and its state; one that fails is a warning", async () => {
    const gate = await Gate.create();
    const broken = {
      id: "broken",
      kind: "acp",
      port: await freePort(),
      command: ["no-such-agent"],
    };
    const sandbox = await several([broken]);
    await sandbox.origin.commit("main", {
      ".openinspect/start.sh": `echo A=1 > ${join(sandbox.folder, "second.env")}\n${gate.wait}\n`,
    });
    const boot = await sandbox.boot();
    await boot.until("phase.ended", ({ id }) => id === "agent.listening:second");
    await boot.until("phase.started", ({ id }) => id === "hook.start:demo");
    const early = AcpClient.connect({ port: sandbox.bridgePort, path: "/agents/second/acp" });
    const methods = async (id: string) =>
      (await sandbox.agentRecord(id)).flatMap(({ method }) => method ?? []);
    expect([await methods("main"), await methods("second")]).toEqual([
      ["initialize"],
      ["initialize"],
    ]);
    // Who asks for an agent that does not come is told at once who it is, and why.
    const refused = await sandbox.ask("/agents/broken/acp");
    expect(refused.status).toBe(503);
    expect(JSON.parse(refused.body).error).toMatchObject({
      code: "not-ready",
      message: "broken (the agent) takes no requests now",
      hint: "broken (the agent) is not installed: no-such-agent",
    });
    // They start at falling priority; where no priority could be given back, none is lowered.
    await boot.until("phase.ended", ({ id }) => id === "agent.listening:web");
    const { agent, otherAgents = [] } = await stateOf(sandbox);
    const levels = [agent, ...otherAgents].flatMap((one) => one?.pid ?? []).map(getPriority);
    const own = getPriority();
    expect([
      [own, 10, 13],
      [own, own, own],
    ]).toContainEqual(levels);
    await gate.open();
    await boot.until("boot.ready");
    for (const name of ["second", "web", "broken"]) {
      await boot.until("phase.ended", ({ id }) => id === `agent.door:${name}`);
    }

    const client = await early;
    expect(await client.newSession(sandbox.repository)).toEqual({ sessionId: "s1" });
    await client.prompt("s1", "hello to the second");
    await client.hears("s1", "hello to the second");
    client.close();
    expect(await methods("main")).not.toContain("session/prompt");
    const main = await AcpClient.connect({ port: sandbox.bridgePort, path: "/agents/main/acp" });
    expect(await main.newSession(sandbox.repository)).toEqual({ sessionId: "s1" });
    main.close();
    expect((await sandbox.ask("/agents/web/a/b?c=d", { method: "POST", body: {} })).status).toBe(
      200,
    );
    expect((await sandbox.agentRecord("web")).at(-1)).toMatchObject({
      method: "POST",
      url: "/a/b?c=d",
    });
    // As a client asks a proxy.
    await sandbox.ask(`http://127.0.0.1:${sandbox.bridgePort}/agents/web/absolute`);
    expect((await sandbox.agentRecord("web")).at(-1)).toMatchObject({ url: "/absolute" });

    const unknown = await sandbox.ask("/agents/third/acp");
    expect(unknown.status).toBe(404);
    expect(JSON.parse(unknown.body).error).toMatchObject({
      code: "no-such-agent",
      message: 'there is no agent "third"; there are main, second, web, broken',
    });
    const shut = await sandbox.ask("/agents/broken/acp");
    expect(shut.body).toBe(refused.body);

    const state = await stateOf(sandbox);
    expect(state.agent).toMatchObject({ id: "main", sessionId: "s1", restarts: [] });
    expect(state.otherAgents).toMatchObject([
      {
        id: "second",
        sessionId: "s1",
        door: { gate: "open" },
        restarts: [{ paths: [join(sandbox.folder, "second.env")] }],
      },
      { id: "web", door: { gate: "open" } },
      { id: "broken", sessionMs: null, door: { gate: "refusing" } },
    ]);
    expect(state.present).toEqual({
      id: "degraded",
      because: [{ part: "process", id: "agent:broken", status: "not-installed" }],
    });
    expect((await ask(sandbox.socket, "/readyz")).status).toBe(200);
    expect((await ask(sandbox.socket, "/metrics")).body).toContain(
      'sandboot_agent_state{agent="the agent",id="second",state="in-session"} 1',
    );

    // A restart of one is its own, and its door opens again.
    const post = (path: string) => ask(sandbox.socket, path, { method: "POST" });
    expect((await post("/v1/processes/agent:second/restart")).status).toBe(200);
    await boot.until(
      "other-agent.changed",
      ({ agent: { id, restarts, door } }) =>
        id === "second" && restarts.length === 2 && door?.gate === "open",
    );
    const after = await stateOf(sandbox);
    expect([after.agent, ...(after.otherAgents ?? [])].map((one) => one?.restarts.length)).toEqual([
      0, 2, 0, 0,
    ]);
    // Frozen, no door lets anybody in.
    const shutDoors = async () => {
      const ids = ["main", "second", "web"];
      const asked = await Promise.all(ids.map((id) => sandbox.ask(`/agents/${id}/acp`)));
      return ids.filter((_, at) => asked[at]?.status === 503);
    };
    expect((await post("/v1/freeze")).status).toBe(200);
    expect(await shutDoors()).toEqual(["main", "second", "web"]);
    expect((await post("/v1/thaw")).status).toBe(200);
    expect(await shutDoors()).toEqual([]);
    boot.signal("SIGTERM");
    expect((await boot.ended()).exitCode).toBe(0);
    expect(sandbox.left()).toEqual([]);
  });

  it("OpenCode is ready before another agent has answered; each has its door", async () => {
    const gate = await Gate.create();
    const sandbox = await Sandbox.create();
    const { agent } = sandbox.config;
    const program = [process.execPath, acpAgent, join(sandbox.folder, "late.jsonl")];
    const command = ["bash", "-c", `${gate.wait}; exec "$@"`, "late", ...program];
    const late = { id: "late", kind: "acp", port: await freePort(), command, readySeconds: 600 };
    delete sandbox.config["agent"];
    sandbox.config["agents"] = [{ ...Object(agent), id: "open" }, late];
    const boot = await sandbox.boot();
    await boot.until("boot.ready");
    const { agent: open, otherAgents } = await stateOf(sandbox);
    expect(open).toMatchObject({ id: "open", sessionId: expect.any(String) });
    expect(otherAgents).toMatchObject([{ id: "late", listeningMs: null }]);
    for (const path of ["/session", "/agents/open/session"]) {
      const listed = await sandbox.ask(path);
      expect(listed.json()).toMatchObject([{ id: open?.sessionId }]);
    }

    const waiting = AcpClient.connect({ port: sandbox.bridgePort, path: "/agents/late/acp" });
    await gate.open();
    const client = await waiting;
    expect(await client.newSession(sandbox.repository)).toEqual({ sessionId: "s1" });
    client.close();
    boot.signal("SIGTERM");
    expect((await boot.ended()).exitCode).toBe(0);
    expect(sandbox.left()).toEqual([]);
  });
});

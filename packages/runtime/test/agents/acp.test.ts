import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type AgentReport, agentStateOf } from "../../src/protocol/index.ts";
import { AcpClient } from "../support/acp-client.ts";
import { Gate } from "../support/gate.ts";
import { ask } from "../support/http.ts";
import { Sandbox } from "../support/sandbox.ts";

const TOKEN = "a-token-of-the-bridge";
const headers = { authorization: `Bearer ${TOKEN}` };

describe("agents/acp: an agent that speaks ACP", () => {
  it("starts at once, makes its session after the hooks (C2), and clients who came early get it (C3)", async () => {
    const gate = await Gate.create();
    const sandbox = await Sandbox.create({
      agentKind: "acp",
      files: { ".openinspect/start.sh": `${gate.wait}\n` },
      bridge: { token: TOKEN },
    });
    const boot = await sandbox.boot();
    await boot.until("phase.ended", ({ id }) => id === "agent.listening");
    await boot.until("phase.started", ({ id }) => id === "hook.start:demo");
    const client = AcpClient.connect({ port: sandbox.bridgePort, headers });
    const [{ started } = {}, ...before] = await sandbox.agentRecord();
    expect(started?.cwd).toBe(join(sandbox.folder, "state/neutral"));
    expect(before.map(({ method }) => method)).toEqual(["initialize"]);
    await gate.open();

    await boot.until("boot.ready");
    const sessions = async () =>
      (await sandbox.agentRecord()).filter(({ method }) => method === "session/new");
    expect(await sessions()).toMatchObject([
      { params: { cwd: sandbox.repository, mcpServers: [] } },
    ]);
    const early = await client;
    expect(await early.newSession(sandbox.repository)).toEqual({ sessionId: "s1" });
    expect(await sessions()).toHaveLength(1);
    await early.prompt("s1", "hello through the bridge");
    await early.hears("s1", "hello through the bridge");
    const { agent } = await boot.until("agent.changed", ({ agent }) => agent.sessionId !== null);
    expect(agent).toMatchObject({ sessionId: "s1", version: "1.2.3", authentication: null });
    const { agent: answered } = await boot.until(
      "agent.changed",
      (event) => event.agent.firstAnswer !== null,
    );
    const { kind, headersMs = 0, firstByteMs, endMs = 0 } = answered.firstAnswer ?? {};
    expect(kind).toBe("answered");
    expect(firstByteMs).toBeGreaterThanOrEqual(headersMs);
    expect(endMs).toBeGreaterThanOrEqual(firstByteMs ?? Number.NaN);

    // The agent dies in a prompt: its client is told, and comes back when there is a new session.
    await early.prompt("s1", "start something that outlives you");
    const isLeft = () => sandbox.left().some(({ command }) => command.startsWith("sleep 1000"));
    expect(isLeft()).toBe(true);
    await expect(early.prompt("s1", "die")).rejects.toThrow("the agent ended with exit code 3");
    // Who comes now is let in by the next process.
    const back = await Promise.all(
      (["http", "websocket"] as const).map((by) =>
        AcpClient.connect({ port: sandbox.bridgePort, headers, by }),
      ),
    );
    await early.closed;
    expect(isLeft()).toBe(false);
    for (const client of back) {
      await client.loadSession("s1", sandbox.repository);
      await client.hears("s1", "this is s1");
      client.close();
    }
    const { agent: restarted } = await boot.until(
      "agent.changed",
      (event) => event.agent.restarts.length > 0,
    );
    expect(restarted.restarts).toEqual([{ reason: "ended with exit code 3", paths: [] }]);
    boot.signal("SIGTERM");
    expect((await boot.ended()).exitCode).toBe(0);
    expect(sandbox.left()).toEqual([]);
  });

  it("an agent that asks for authentication is a warning, until a client authenticates; and again after a restart", async () => {
    const sandbox = await Sandbox.create({ agentKind: "acp" });
    sandbox.config["agent"] = addArgument(sandbox.config["agent"], "needs-key");
    const boot = await sandbox.boot();
    await boot.until("boot.ready");
    const { message } = await boot.until("phase.warning");
    expect(message).toContain("the agent has no session yet: Authentication required");
    const { agent, seq: asked } = await boot.until("agent.changed", needsAuthentication);
    expect(agent).toMatchObject({
      sessionId: null,
      sessionMs: null,
      authentication: { methods: [{ id: "key", name: "A key" }] },
    });
    expect((await ask(sandbox.socket, "/metrics")).body).toContain(
      'sandboot_agent_state{agent="the agent",state="needs-authentication"} 1',
    );
    const client = await AcpClient.connect({ port: sandbox.bridgePort });
    await expect(client.newSession("/w")).rejects.toThrow("Authentication required");
    await client.authenticate("key");
    await boot.until(
      "agent.changed",
      (event) => event.seq > asked && stateOf(event) === "initialized",
    );
    expect(await client.newSession("/w")).toEqual({ sessionId: "s1" });
    const { seq } = await boot.until("agent.changed", isInSession);
    expect((await ask(sandbox.socket, "/metrics")).body).toContain(
      'sandboot_agent_state{agent="the agent",state="in-session"} 1',
    );

    // Its key is revoked, and works again.
    await client.prompt("s1", "revoke");
    await expect(client.newSession("/w")).rejects.toThrow("Authentication required");
    const { seq: revoked } = await boot.until(
      "agent.changed",
      (event) => event.seq > seq && needsAuthentication(event),
    );
    expect((await ask(sandbox.socket, "/metrics")).body).toContain(
      'sandboot_agent_state{agent="the agent",state="needs-authentication"} 1',
    );
    await client.prompt("s1", "restore");
    const { seq: restored } = await boot.until(
      "agent.changed",
      (event) => event.seq > revoked && isInSession(event),
    );

    // The next process knows nothing of it.
    client.prompt("s1", "die").catch(() => {});
    await client.closed;
    const back = await AcpClient.connect({ port: sandbox.bridgePort });
    await boot.until(
      "agent.changed",
      (event) => event.seq > restored && needsAuthentication(event),
    );
    await back.authenticate("key");
    expect(await back.newSession("/w")).toEqual({ sessionId: "s1" });
    const { seq: again } = await boot.until(
      "agent.changed",
      (event) => event.agent.restarts.length > 0 && isInSession(event),
    );
    expect(again).toBeGreaterThan(restored);
    back.close();
    boot.signal("SIGTERM");
    expect((await boot.ended()).exitCode).toBe(0);
  });

  it("every session gets the MCP servers of agent.mcp, also those that clients make", async () => {
    const sandbox = await Sandbox.create({
      agentKind: "acp",
      agent: {
        mcp: [
          { name: "files", command: ["mcp-files", "--root", "."], env: { DEPTH: "2" } },
          { name: "far", type: "remote", url: "http://127.0.0.1:9/mcp", headers: { "x-a": "b" } },
          { name: "off", command: ["no"], enabled: false },
        ],
      },
    });
    const boot = await sandbox.boot({
      env: {
        SESSION_CONFIG: JSON.stringify({
          mcp_servers: [{ name: "far", type: "remote", url: "http://127.0.0.1:9/session" }],
        }),
      },
    });
    await boot.until("boot.ready");
    const client = await AcpClient.connect({ port: sandbox.bridgePort });
    const own = { name: "files", command: "of-the-client", args: [], env: [] };
    const { sessionId } = await client.newSession("/w", [own]);
    await client.resumeSession(sessionId, "/w");
    client.close();
    const far = { name: "far", type: "http", url: "http://127.0.0.1:9/session", headers: [] };
    const files = {
      name: "files",
      command: "mcp-files",
      args: ["--root", "."],
      env: [{ name: "DEPTH", value: "2" }],
    };
    const opened: unknown[] = ["session/new", "session/resume"];
    const sessions = (await sandbox.agentRecord()).filter(({ method }) => opened.includes(method));
    expect(sessions).toMatchObject([
      { method: "session/new", params: { mcpServers: [files, far] } },
      { method: "session/new", params: { mcpServers: [own, far] } },
      { method: "session/resume", params: { mcpServers: [files, far] } },
    ]);
    boot.signal("SIGTERM");
    expect((await boot.ended()).exitCode).toBe(0);
  });

  it("agent.auth holds its key, and agent.requireAuth makes the lack of one a failure", async () => {
    const create = async (agent: Readonly<Record<string, unknown>>) => {
      const sandbox = await Sandbox.create({ agentKind: "acp", agent });
      sandbox.config["agent"] = addArgument(sandbox.config["agent"], "needs-key");
      return sandbox;
    };
    const without = await create({ requireAuth: true });
    const failed = await (await without.boot()).ended();
    expect(failed.exitCode).toBe(1);
    expect(failed.stderr).toContain("makes no session in");
    expect(failed.stderr).toContain("or a client authenticates over the bridge by key");

    const given = await create({
      requireAuth: true,
      auth: { key: { AGENT_KEY: "{env:THE_KEY}" } },
    });
    const boot = await given.boot({ args: ["--until", "ready"], env: { THE_KEY: "k-1234567" } });
    expect((await boot.ended()).exitCode).toBe(0);
    const record = await given.agentRecord();
    expect(record[0]?.started).toMatchObject({ key: "k-1234567" });
    expect(record.map(({ method }) => method)).toContain("authenticate");
  });
});

interface OfAgent {
  readonly agent: AgentReport;
}

const stateOf = ({ agent }: OfAgent) => agentStateOf(agent, { agent, phases: [], processes: [] });
const needsAuthentication = (event: OfAgent) => stateOf(event) === "needs-authentication";
const isInSession = (event: OfAgent) =>
  stateOf(event) === "in-session" && event.agent.sessionId === "s1";

function addArgument(agent: unknown, argument: string): object {
  const { command, ...rest } = agent as { readonly command: readonly string[] };
  return { ...rest, command: [...command, argument] };
}

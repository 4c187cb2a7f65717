import { on, once } from "node:events";
import { request } from "node:http";
import type { Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { type Activity, CONTROL, PATHS } from "../../src/acp-server/contract.ts";
import { MOST_MESSAGE_BYTES } from "../../src/acp-server/limits.ts";
import { RunningAcpServer } from "../support/acp-server.ts";
import { ask } from "../support/http.ts";
import { readLate } from "../support/late-reader.ts";

const own = { authorization: RunningAcpServer.authorization };

const yes = async () => ({ outcome: { outcome: "selected", optionId: "yes" } }) as const;

describe("acp-server: several clients, one agent", () => {
  it.each(["http", "websocket"] as const)(
    "over %s: each client hears its own sessions, though their requests have the same ids",
    async (by) => {
      const server = await RunningAcpServer.start();
      const clients = await Promise.all([1, 2, 3].map(() => server.connect({ by })));
      const sessions = await Promise.all(
        clients.map(async (client) => {
          const { sessionId } = await client.newSession("/w");
          expect(await client.prompt(sessionId, `hello from ${sessionId}`)).toEqual({
            stopReason: "end_turn",
          });
          await client.hears(sessionId, `hello from ${sessionId}`);
          return sessionId;
        }),
      );
      expect(new Set(sessions).size).toBe(3);
      for (const [index, client] of clients.entries()) {
        expect(client.heard).toEqual([
          `${sessions[index]}: welcome to ${sessions[index]}`,
          `${sessions[index]}: hello from ${sessions[index]}`,
        ]);
      }
      // The agent was initialized once, by us.
      const initialized = (await server.record()).filter(({ method }) => method === "initialize");
      expect(initialized).toHaveLength(1);
    },
  );

  it("the first client gets the session that was made before it came, with what the agent said of it", async () => {
    const server = await RunningAcpServer.start();
    expect(await server.prepare("/w")).toMatchObject({ state: "in-session", sessionId: "s1" });
    const other = await server.connect();
    expect(await other.newSession("/elsewhere")).toEqual({ sessionId: "s2" });
    const first = await server.connect();
    expect(await first.newSession("/w")).toEqual({ sessionId: "s1" });
    await first.hears("s1", "welcome to s1");
    const second = await server.connect();
    expect(await second.newSession("/w")).toEqual({ sessionId: "s3" });
  });

  it("a question waits for the client that loads the session, when the one that was asked has left", async () => {
    const server = await RunningAcpServer.start();
    const first = await server.connect();
    const { sessionId } = await first.newSession("/w");
    first.prompt(sessionId, "ask me").catch(() => {});
    await first.isAsked();
    first.close();
    const second = await server.connect({ permit: yes, by: "http" });
    await second.loadSession(sessionId, "/w");
    await second.hears(sessionId, "answered yes");
    expect(second.asked).toBe(1);
  });

  it.each(["loadSession", "resumeSession"] as const)(
    "clients that have the same session open, by %s, all hear it, and one of them is asked",
    async (open) => {
      const server = await RunningAcpServer.start();
      const [first, second] = [await server.connect(), await server.connect({ permit: yes })];
      const { sessionId } = await first.newSession("/w");
      await second[open](sessionId, "/w");
      first.prompt(sessionId, "hello").catch(() => {});
      await Promise.all([first, second].map((client) => client.hears(sessionId, "hello")));
      await second.prompt(sessionId, "ask me");
      await Promise.all([first, second].map((client) => client.hears(sessionId, "answered yes")));
      expect([first.asked, second.asked]).toEqual([0, 1]);
    },
  );

  it("twenty clients come and go, and the last one works", async () => {
    const server = await RunningAcpServer.start();
    for (let count = 0; count < 20; count += 1) {
      const client = await server.connect({ by: count % 2 === 0 ? "http" : "websocket" });
      const { sessionId } = await client.newSession("/w");
      if (count % 3 === 0) client.prompt(sessionId, "wait for ever").catch(() => {});
      client.close();
    }
    const last = await server.connect();
    const { sessionId } = await last.newSession("/w");
    await last.prompt(sessionId, "still there");
    await last.hears(sessionId, "still there");
  });
});

describe("acp-server: the agent ends", () => {
  it("clients are told in the answer that they wait for, and disconnected; the exit code is the agent's", async () => {
    const server = await RunningAcpServer.start();
    const [first, second] = [await server.connect(), await server.connect({ by: "http" })];
    const { sessionId } = await first.newSession("/w");
    const waiting = second.newSession("/w").then(({ sessionId: id }) => second.prompt(id, "wait"));
    waiting.catch(() => {});
    await second.hears("s2", "waiting");
    await expect(first.prompt(sessionId, "die")).rejects.toThrow(
      "the agent ended with exit code 3",
    );
    await expect(waiting).rejects.toThrow();
    await Promise.all([first.closed, second.closed]);
    expect(await server.ended()).toMatchObject({ exitCode: 3 });
  });

  it("a message without end ends the agent, and not the memory", async () => {
    const server = await RunningAcpServer.start();
    const client = await server.connect();
    const { sessionId } = await client.newSession("/w");
    await expect(client.prompt(sessionId, "flood")).rejects.toThrow();
    const { exitCode, stderr } = await server.ended();
    expect(exitCode).toBe(128 + 9);
    expect(stderr).toContain("the agent is ended, because its output cannot be read");
  });
});

describe("acp-server: an agent that speaks no ACP", () => {
  it("is ended, with what was wrong with its answer to initialize", async () => {
    const program =
      'process.stdin.once("data", () => console.log(`{"jsonrpc":"2.0","id":1,"result":"hello"}`))';
    const server = RunningAcpServer.start({ command: [process.execPath, "-e", program] });
    await expect(server).rejects.toThrow(
      "the ACP server cannot start: the agent's answer to initialize has no protocolVersion",
    );
  });
});

describe("acp-server: an agent with an HTTP server of its own", () => {
  it("what is not for /acp reaches it, with the credentials that it asks for in place of the client's", async () => {
    const server = await RunningAcpServer.start({ http: { authorization: "of the agent" } });
    const answer = await ask(server.port, "/session?a=b", { method: "POST", headers: own });
    expect(answer.json()).toEqual({
      method: "POST",
      url: "/session?a=b",
      authorization: "of the agent",
    });
    expect((await ask(server.port, "/session")).status).toBe(401);
    const client = await server.connect();
    expect(await client.newSession("/w")).toEqual({ sessionId: "s1" });
  });

  it("upgrades reach it", async () => {
    const { port } = await RunningAcpServer.start({ http: {} });
    const headers = { ...own, connection: "upgrade", upgrade: "echo" };
    const asked = request({ host: "127.0.0.1", port, path: "/pty", headers }).end();
    const [, socket] = (await once(asked, "upgrade")) as [unknown, Socket];
    socket.write("hello");
    expect(String((await once(socket, "data"))[0])).toBe("hello");
    socket.destroy();
  });

  it("without one, there is nothing else", async () => {
    const server = await RunningAcpServer.start();
    expect((await ask(server.port, "/session", { headers: own })).status).toBe(404);
  });
});

describe("acp-server: what the runtime hears of the clients", () => {
  const next = async (from: AsyncGenerator<Activity>) => (await from.next()).value;

  it("prompts, and how long the first answer took, also when the runtime comes later; nothing of what is said", async () => {
    const server = await RunningAcpServer.start();
    const client = await server.connect();
    const { sessionId } = await client.newSession("/w");
    const heard = server.activity();
    expect(await next(heard)).toEqual({ type: "session-opened", sessionId });
    await client.prompt(sessionId, "cancel");
    await client.prompt(sessionId, "echo a secret");
    await client.prompt(sessionId, "echo another");
    const first = [await next(heard), await next(heard), await next(heard), await next(heard)];
    const number = expect.any(Number);
    const asked = { type: "prompt-asked" };
    expect(first).toEqual([
      asked,
      asked,
      { type: "answered", agoMs: number, updateMs: number, endMs: number },
      asked,
    ]);
    const late = server.activity();
    expect([await next(late), await next(late), await next(late)]).toEqual([
      { type: "session-opened", sessionId },
      asked,
      { ...first[2], agoMs: number },
    ]);
  });

  it("that one has authenticated and opened a session, also when the runtime comes later", async () => {
    const server = await RunningAcpServer.start({ needsKey: true });
    const client = await server.connect();
    await expect(client.newSession("/w")).rejects.toThrow("Authentication required");
    await client.authenticate("key");
    const first = server.activity();
    expect(await next(first)).toEqual({ type: "authenticated" });
    await client.newSession("/w");
    expect(await next(first)).toEqual({ type: "session-opened", sessionId: "s1" });
    await client.newSession("/w");
    expect(await next(server.activity())).toEqual({ type: "session-opened", sessionId: "s1" });
    // Whoever listened before is disconnected.
    await expect(next(first)).rejects.toThrow("aborted");
  });

  it("that the agent's key was revoked, until it works again", async () => {
    const server = await RunningAcpServer.start();
    const client = await server.connect();
    const { sessionId } = await client.newSession("/w");
    await client.prompt(sessionId, "revoke");
    const lastOf = async () => next(server.activity());
    for (const refused of [() => client.newSession("/w"), () => client.prompt(sessionId, "more")]) {
      await expect(refused()).rejects.toThrow("Authentication required");
      expect(await lastOf()).toEqual({
        type: "authentication-required",
        message: "Authentication required",
        methods: [{ id: "key", name: "A key" }],
      });
      await client.prompt(sessionId, "restore");
      expect(await lastOf()).toEqual({ type: "authenticated" });
      await client.prompt(sessionId, "revoke");
    }
    await client.authenticate("key");
    await client.newSession("/w");
    expect(await lastOf()).toMatchObject({ type: "session-opened" });
  });
});

describe("acp-server: a client that speaks no ACP", () => {
  it("ends neither the server nor its own connection", async () => {
    const server = await RunningAcpServer.start();
    const tool = { name: "tool", command: "tool", args: [], env: [] };
    await server.prepare("/w", undefined, [tool]);
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}/acp`, { headers: own });
    await once(socket, "open");
    const answers = on(socket, "message");
    const say = (message: object) => socket.send(JSON.stringify({ jsonrpc: "2.0", ...message }));
    say({ id: 0, method: "initialize", params: { protocolVersion: 1 } });
    for (const params of [undefined, null, 5, [], {}, { requestId: {} }]) {
      say({ method: "$/cancel_request", params });
      say({ method: "session/cancel", params });
    }
    for (const params of [undefined, null, "x", { mcpServers: 5 }, { mcpServers: [null, 7] }]) {
      say({ id: 1, method: "session/new", params });
    }
    say({ id: { a: 1 }, method: 5 });
    say({});
    say({ id: "last", method: "session/new", params: { cwd: "/elsewhere", mcpServers: [] } });
    for await (const [message] of answers) {
      const { id, result } = JSON.parse(String(message));
      if (id !== "last") continue;
      expect(result).toEqual({ sessionId: expect.any(String) });
      break;
    }
    socket.close();
  });
});

describe("acp-server: who may ask", () => {
  it.each([
    ["without the password", PATHS.acp, {}, 401],
    ["of a message that is too long", PATHS.acp, own, 413],
    [
      "of the runtime that is too long",
      PATHS.session,
      { ...own, [CONTROL]: RunningAcpServer.password },
      413,
    ],
  ])(
    "a request %s is answered, and the client reads that when it has sent it",
    async (_, path, headers, status) => {
      const { port } = await RunningAcpServer.start();
      const bytes = MOST_MESSAGE_BYTES + 1;
      const answer = await readLate(port, path, {
        headers: { "content-type": "application/json", connection: "close", ...headers },
        bytes,
      });
      expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    },
  );

  it("a request without the password is refused, and so is a client that asks what only the runtime may", async () => {
    const server = await RunningAcpServer.start();
    expect((await ask(server.port, "/acp", { method: "POST", body: "{}" })).status).toBe(401);
    await expect(server.prepare("/w", { "sandboot-control": "guessed" })).rejects.toThrow();
    expect((await ask(server.port, PATHS.activity, { headers: own })).status).toBe(404);
    const methods = (await server.record()).map(({ method }) => method);
    expect(methods).not.toContain("session/new");
  });
});

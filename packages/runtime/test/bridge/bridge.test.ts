import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, it, onTestFinished } from "vitest";
import { type Admission, byBearer } from "../../src/base/bearer.ts";
import { type Bridge, startBridge } from "../../src/bridge/bridge.ts";
import { Gate, type GateOptions } from "../../src/bridge/gate.ts";
import { ask } from "../support/http.ts";
import { readLate } from "../support/late-reader.ts";
import { freePort } from "../support/scratch.ts";
import { serve } from "../support/serve.ts";

const now = AbortSignal.abort();
const never = new AbortController().signal;

describe("the gate's limits", () => {
  it("a held request is answered with 503 and Retry-After at its deadline", async () => {
    const { ask } = await bridged({ gate: { maxHeld: 2, holdMs: 1 } });
    const answer = await ask("/late");
    expect(answer).toMatchObject({ status: 503, headers: { "retry-after": "1" } });
    expect(answer.body).toContain("the sandbox was not ready in time");
    expect(answer.body).toContain("booting: stage");
  });

  it("a client that disconnects while it waits frees its place", async () => {
    const { gate, bridge, ask } = await bridged({ gate: { maxHeld: 1, holdMs: 60_000 } });
    const first = connect(bridge.port, "127.0.0.1");
    first.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
    await until(() => gate.held === 1);
    expect((await ask("/second")).body).toContain("too many requests");
    first.destroy();
    await until(() => gate.held === 0);
    const third = ask("/third");
    await until(() => gate.held === 1);
    gate.open();
    expect((await third).body).toBe("GET /third");
  });

  it.each([
    ["disconnects", (socket: Socket) => socket.destroy()],
    ["ends its side", (socket: Socket) => socket.end()],
    ["sends more than a first message", (socket: Socket) => socket.write(Buffer.alloc(100_000))],
  ])("a client that waits for its upgrade frees its place when it %s", async (_, leave) => {
    const { gate, bridge } = await bridged({ gate: { maxHeld: 1, holdMs: 60_000 } });
    const socket = upgrade(bridge.port).on("error", () => {});
    await until(() => gate.held === 1);
    leave(socket);
    await until(() => gate.held === 0);
    socket.destroy();
  });

  it("clients that left behind an unread body give up their places when others need them", async () => {
    const { gate, bridge, ask } = await bridged({ gate: { maxHeld: 8, holdMs: 60_000 } });
    const body = Buffer.alloc(10_000_000);
    for (let at = 1; at <= 8; at++) {
      const socket = connect(bridge.port, "127.0.0.1").on("error", () => {});
      socket.write(`POST /${at} HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n`);
      socket.write(body);
      await until(() => gate.held === at);
      await drainedSoon(socket);
      socket.destroy();
    }
    expect(gate.held).toBe(8);
    // There are eight places for nine clients who wait: one is refused, and the others are served.
    const others = Array.from({ length: 9 }, () => ask("/other"));
    expect(await Promise.race(others)).toMatchObject({ status: 503 });
    gate.open();
    const statuses = (await Promise.all(others)).map(({ status }) => status);
    expect(statuses.toSorted()).toEqual([...Array(8).fill(200), 503]);
  });

  it("the body of a held request is not read, so flow control stops the sender", async () => {
    const { gate, bridge } = await bridged();
    const socket = connect(bridge.port, "127.0.0.1");
    socket.write(`POST /big HTTP/1.1\r\nhost: x\r\ncontent-length: ${2 ** 30}\r\n\r\n`);
    await until(() => gate.held === 1);
    const chunk = Buffer.alloc(1024 * 1024);
    let written = 0;
    // Only the kernel's buffers on both sides and one of Node's can take data.
    while (socket.write(chunk) || (await drainedSoon(socket))) written += 1;
    expect(written).toBeLessThan(64);
    expect(gate.held).toBe(1);
    socket.destroy();
  });
});

describe("authorization", () => {
  it("requests and tunnels need the token", async () => {
    const { bridge, ask, gate } = await bridged({ token: "open sesame" });
    gate.open();
    for (const wrong of [
      "",
      "Bearer ",
      "Bearer open",
      "Bearer open sesame!",
      "Basic open sesame",
    ]) {
      expect((await ask("/", { authorization: wrong })).status).toBe(401);
    }
    expect((await ask("/", { authorization: "bearer open sesame" })).status).toBe(200);
    const socket = upgrade(bridge.port);
    expect(await text(socket)).toMatch(/^HTTP\/1.1 401 /);
  });

  it.each([
    ["has no token", {}, 401],
    ["gets the agent's answer before its body has come", { authorization: "Bearer t" }, 413],
  ])("a client that reads late %s, and is told so", async (_, headers, status) => {
    const agent: RequestListener = (__, outgoing) => {
      outgoing.writeHead(413, { connection: "keep-alive", "content-length": 8 }).end("too long");
    };
    const { bridge, gate } = await bridged({ token: "t", agent });
    gate.open();
    const answer = await readLate(bridge.port, "/", {
      headers: { ...headers, connection: "close" },
      bytes: 10_000_000,
    });
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });

  it("an unexpected error in it ends only one connection", async () => {
    const { gate, ask } = await bridged({
      admit: (incoming) => {
        if (incoming.url === "/fault") throw new Error("overlooked");
        return null;
      },
    });
    gate.open();
    await expect(ask("/fault")).rejects.toThrow("socket hang up");
    expect((await ask("/")).status).toBe(200);
  });

  it("adds default headers, but does not replace those of the request", async () => {
    const { gate, seen, ask } = await bridged({ defaultHeaders: () => ({ "x-folder": "ours" }) });
    gate.open();
    await ask("/");
    await ask("/", { "X-Folder": "theirs" });
    expect(seen.map(({ headers }) => headers["x-folder"])).toEqual(["ours", "theirs"]);
  });

  it("does not pass the token to the agent", async () => {
    const { ask, gate, seen } = await bridged({ token: "t" });
    gate.open();
    await ask("/", {
      authorization: "Bearer t",
      connection: "x-private",
      "x-private": "1",
      "x-kept": "2",
    });
    expect(seen.at(-1)?.headers).toMatchObject({ "x-kept": "2" });
    expect(seen.at(-1)?.headers).not.toHaveProperty("authorization");
    expect(seen.at(-1)?.headers).not.toHaveProperty("x-private");
  });
});

describe("HTTP", () => {
  it.each(["POST", "DELETE", "GET"])(
    "a body of unknown length arrives whole: %s",
    async (method) => {
      const { bridge, gate } = await bridged();
      gate.open();
      const socket = connect(bridge.port, "127.0.0.1");
      const head = `${method} /x HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked`;
      socket.write(`${head}\r\n\r\n5\r\nhello\r\n6\r\n there\r\n0\r\n\r\n`);
      expect(await text(socket)).toContain(`${method} /x hello there`);
    },
  );

  it("a body is no second request, also when the client calls its length a matter of the connection", async () => {
    const { bridge, gate, seen } = await bridged();
    gate.open();
    const socket = connect(bridge.port, "127.0.0.1");
    const second = "GET /second HTTP/1.1\r\nhost: x\r\n\r\n";
    const head = "GET /x HTTP/1.1\r\nhost: box\r\nconnection: close, content-length, host";
    socket.write(`${head}\r\ncontent-length: ${second.length}\r\n\r\n${second}`);
    expect(await text(socket)).toContain(`GET /x ${second.split("\r\n")[0]}`);
    expect(seen.map(({ url, headers }) => [url, headers["host"]])).toEqual([["/x", "box"]]);
  });

  it("each part of an answer is passed on at once, and the agent notices when the client disconnects", async () => {
    const next = Promise.withResolvers<void>();
    const left = Promise.withResolvers<void>();
    const { bridge, gate } = await bridged({
      agent: async (_, outgoing) => {
        outgoing.once("close", left.resolve);
        outgoing.write("first");
        await next.promise;
        outgoing.write("second");
      },
    });
    gate.open();
    const socket = connect(bridge.port, "127.0.0.1").setEncoding("utf8");
    let said = "";
    socket.on("data", (data: string) => {
      said += data;
    });
    socket.write("GET /stream HTTP/1.1\r\nhost: x\r\n\r\n");
    await until(() => said.includes("first"));
    next.resolve();
    await until(() => said.includes("second"));
    socket.destroy();
    await left.promise;
  });
});

describe("WebSocket", () => {
  it("an early tunnel is connected when the gate opens, and bytes go both ways", async () => {
    const { bridge, gate, upstream } = await bridged();
    upstream.on("upgrade", (_, agent: Socket) => {
      agent.write(
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: echo\r\nconnection: upgrade\r\n\r\nhello ",
      );
      agent.pipe(agent);
    });
    const socket = upgrade(bridge.port);
    socket.write("sent before the answer;");
    await until(() => gate.held === 1);
    gate.open();
    let said = "";
    socket.setEncoding("utf8").on("data", (data: string) => {
      said += data;
    });
    await until(() => said.endsWith("hello sent before the answer;"));
    expect(said).toMatch(/^HTTP\/1.1 101 Switching Protocols\r\nupgrade: echo/);
    socket.write("and after");
    await until(() => said.endsWith("and after"));
    socket.destroy();
  });

  it("the answer of an agent that does not upgrade is passed on", async () => {
    const { bridge, gate } = await bridged();
    gate.open();
    const answer = await text(upgrade(bridge.port));
    expect(answer).toMatch(/^HTTP\/1.1 200 OK/);
    expect(answer).toContain("\r\n\r\nGET /socket");
  });

  it("a request with a body is handled as a request, also when it offers an upgrade", async () => {
    const { ask, gate, seen } = await bridged({
      agent: async (incoming, outgoing) => outgoing.end(await text(incoming)),
    });
    gate.open();
    const offer = { connection: "upgrade, http2-settings", upgrade: "h2c", "http2-settings": "AA" };
    const framings: Record<string, string>[] = [
      { "content-length": "8" },
      { "transfer-encoding": "chunked" },
    ];
    for (const framing of framings) {
      expect((await ask("/", { ...offer, ...framing }, "the body")).body).toBe("the body");
    }
    expect(seen.map(({ headers }) => headers["upgrade"])).toEqual([undefined, undefined]);
  });
});

describe("the end", () => {
  it("a request under way may finish; waiting and new requests are refused", async () => {
    const working = Promise.withResolvers<void>();
    const { bridge, gate, ask, seen } = await bridged({
      agent: async (incoming, outgoing) => {
        outgoing.write(`${incoming.url} begun, `);
        await working.promise;
        outgoing.end("and done");
      },
    });
    gate.open();
    const underWay = ask("/work");
    const other = connect(bridge.port, "127.0.0.1").setEncoding("utf8");
    other.write("GET /head HTTP/1.1\r\nhost: x\r\n\r\n");
    await once(other, "data");
    await until(() => seen.length === 2);
    gate.hold();
    const waits = ask("/waits");
    await until(() => gate.held === 1);
    const closing = bridge.close(never);
    expect(await waits).toMatchObject({ status: 503 });
    await expect(ask("/new")).rejects.toThrow("ECONNREFUSED");
    working.resolve();
    expect((await underWay).body).toBe("/work begun, and done");
    await closing;
  });

  it("server-sent events and tunnels are cut at once, because they would not end by themselves", async () => {
    const { bridge, gate, upstream } = await bridged({
      agent: (_, outgoing) => {
        outgoing.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
        outgoing.write("data: 1\n\n");
      },
    });
    upstream.on("upgrade", (_, agent: Socket) => {
      agent.write("HTTP/1.1 101 Switching Protocols\r\nupgrade: echo\r\n\r\n");
    });
    gate.open();
    const events = connect(bridge.port, "127.0.0.1");
    events.write("GET /event HTTP/1.1\r\nhost: x\r\n\r\n");
    const socket = upgrade(bridge.port);
    await Promise.all([once(events, "data"), once(socket, "data")]);
    await bridge.close(never);
  });

  it("requests that are left after the grace period are cut", async () => {
    const { bridge, gate, ask } = await bridged({
      agent: (_, outgoing) => void outgoing.write("…"),
    });
    gate.open();
    const grace = new AbortController();
    const socket = connect(bridge.port, "127.0.0.1");
    socket.write("GET /endless HTTP/1.1\r\nhost: x\r\n\r\n");
    await once(socket, "data");
    const lost = ask("/lost").catch((error: Error) => error.message);
    const closing = bridge.close(grace.signal);
    grace.abort();
    await closing;
    expect(await lost).not.toMatchObject({ status: 200 });
  });
});

describe("an agent that is down", () => {
  it("a request that the agent did not accept waits at the gate again, with its whole body", async () => {
    const port = await freePort();
    const { gate, ask } = await bridged({ upstreamPort: port });
    gate.open();
    const asked = ask("/again", {}, "the body");
    // The runtime has noticed that the agent is down: the gate holds.
    gate.hold();
    await until(() => gate.held === 1);
    await serve(createServer(echo), port);
    gate.open();
    expect((await asked).body).toBe("POST /again the body");
  });

  it("a GET on a connection that was reset is sent once more: the agent had not read it", async () => {
    const { gate, ask, seen } = await bridged({
      agent: (incoming, outgoing) => {
        if (incoming.url === "/always" || seen.length === 1) incoming.socket.resetAndDestroy();
        else echo(incoming, outgoing);
      },
    });
    gate.open();
    expect((await ask("/once")).body).toBe("GET /once");
    const refused = await ask("/always");
    expect(refused.status).toBe(502);
    expect(seen.map(({ url }) => url)).toEqual(["/once", "/once", "/always", "/always"]);
  });

  it("an upgrade on a connection that was reset is sent once more, too", async () => {
    const { bridge, gate, upstream } = await bridged();
    let upgrades = 0;
    upstream.on("upgrade", (_, agent: Socket) => {
      upgrades += 1;
      if (upgrades !== 2) agent.resetAndDestroy();
      else agent.end("HTTP/1.1 101 Switching Protocols\r\nupgrade: echo\r\n\r\n");
    });
    gate.open();
    expect(await text(upgrade(bridge.port))).toMatch(/^HTTP\/1\.1 101 /);
    upgrades = 2;
    expect(await text(upgrade(bridge.port))).toMatch(/^HTTP\/1\.1 503 /);
    expect(upgrades).toBe(4);
  });

  it("a request that was accepted but not answered fails with 502, and the agent gets it once", async () => {
    const { gate, ask, seen } = await bridged({ agent: (incoming) => incoming.socket.destroy() });
    gate.open();
    for (const body of ["a POST", undefined]) {
      const answer = await ask("/work", {}, body);
      expect(answer.status).toBe(502);
      expect(JSON.parse(answer.body).error).toMatchObject({ code: "agent-gone" });
    }
    expect(seen).toHaveLength(2);
  });
});

const echo: RequestListener = async (incoming, outgoing) => {
  const body = await text(incoming);
  outgoing.end([incoming.method, incoming.url, body].filter((part) => part !== "").join(" "));
};

interface Options {
  readonly agent?: RequestListener;
  readonly upstreamPort?: number;
  readonly token?: string;
  readonly admit?: Admission;
  readonly gate?: GateOptions;
  readonly defaultHeaders?: () => Record<string, string>;
}

/** Starts a real bridge, and a server in place of the agent. */
async function bridged(options: Options = {}) {
  const { agent = echo, upstreamPort, token, admit, gate: bounds, defaultHeaders } = options;
  const seen: { url: string | undefined; headers: NodeJS.Dict<string | string[]> }[] = [];
  const upstream = createServer((incoming, outgoing) => {
    seen.push({ url: incoming.url, headers: incoming.headers });
    agent(incoming, outgoing);
  });
  const port = upstreamPort ?? (await serve(upstream));
  const gate = new Gate(bounds ?? { maxHeld: 8, holdMs: 60_000 });
  const bridge: Bridge = await startBridge({
    host: "127.0.0.1",
    port: 0,
    admit: admit ?? byBearer(token ?? null),
    upstream: { host: "127.0.0.1", port },
    gate,
    ...(defaultHeaders && { defaultHeaders }),
    progress: () => "booting: stage",
  });
  onTestFinished(() => bridge.close(now));
  const askBridge = (path: string, headers: Record<string, string> = {}, body?: string) =>
    ask(bridge.port, path, {
      headers,
      ...(body !== undefined && { method: "POST", body }),
    });
  return { bridge, gate, upstream, seen, ask: askBridge };
}

function upgrade(port: number): Socket {
  const socket = connect(port, "127.0.0.1");
  socket.write("GET /socket HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n");
  return socket;
}

/** Client and servers are all in this process, so turns of its event loop are enough to wait. */
async function until(fits: () => boolean): Promise<void> {
  while (!fits()) await new Promise((resolve) => setImmediate(resolve));
}

/** Whether a full socket takes more data within many turns of the event loop. */
async function drainedSoon(socket: Socket): Promise<boolean> {
  for (let turn = 0; turn < 2000; turn++) {
    if (!socket.writableNeedDrain) return true;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return false;
}

import { createServer, type RequestListener } from "node:http";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  RequestFailed,
  RuntimeClient,
  RuntimeUnreachable,
} from "../../src/protocol/client/index.ts";
import { reduceState } from "../../src/protocol/reduce.ts";
import type { RuntimeState } from "../../src/protocol/state.ts";
import { BreakableLine } from "../support/breakable-line.ts";
import { freePort, scratchFolder } from "../support/scratch.ts";
import { serve } from "../support/serve.ts";
import { bootStarted, startStatus } from "../support/status.ts";

const warning = (message: string) => ({ type: "phase.warning", id: "stage", message }) as const;

const clientOf = (socketPath: string) => new RuntimeClient({ id: "socket", socketPath });

/** Follows a runtime and folds its events, until `step` returns true. */
async function follow(client: RuntimeClient, step: (seq: number, kind: string) => boolean) {
  const enough = new AbortController();
  const seen: string[] = [];
  const lost: string[] = [];
  let state: RuntimeState | undefined;
  const took = (kind: string, seq: number) => {
    seen.push(`${kind} ${seq}`);
    if (step(seq, kind)) enough.abort();
  };
  await client.follow({
    signal: enough.signal,
    onState: (whole) => {
      state = whole;
      took("state", whole.seq);
    },
    onEvent: (event) => {
      if (state !== undefined) state = reduceState(state, event);
      took("event", event.seq);
    },
    onLost: (reason) => lost.push(reason),
  });
  return { state, seen, lost };
}

describe("the client follows a runtime", () => {
  it("over broken connections, each event once and in order", async () => {
    const { socket, bus } = await startStatus();
    const line = await BreakableLine.to(socket, `${socket}.line`);
    bus.emit(bootStarted);
    const { state, seen, lost } = await follow(clientOf(line.path), (seq) => {
      if (seq % 5 === 0) line.cut();
      if (seq < 31) bus.emit(warning(`after ${seq}`));
      return seq === 31;
    });
    const events = Array.from({ length: 30 }, (_, n) => `event ${n + 2}`);
    expect(seen).toEqual(["state 1", ...events]);
    expect(state).toEqual(bus.state);
    // More often than its maximum of attempts: every event in between resets the count.
    expect(lost).toHaveLength(6);
  });

  it("gets the whole state when it was away for too long", async () => {
    const { socket, bus } = await startStatus({ capacity: 3 });
    const line = await BreakableLine.to(socket, `${socket}.line`);
    bus.emit(bootStarted);
    const { state, seen } = await follow(clientOf(line.path), (seq) => {
      if (seq === 1) bus.emit(warning("one"));
      if (seq === 2) {
        line.cut();
        for (let n = 0; n < 20; n++) bus.emit(warning(`${n}`));
      }
      return seq === 22;
    });
    expect(seen).toEqual(["state 1", "event 2", "state 22"]);
    expect(state).toEqual(bus.state);
  });

  it("ends after the last event when the runtime shuts down", async () => {
    const { socket, bus, server } = await startStatus();
    bus.emit(bootStarted);
    const { seen, lost } = await follow(clientOf(socket), (_, kind) => {
      if (kind === "state") bus.emit({ type: "shutdown.started", reason: "SIGTERM" });
      else void server[Symbol.asyncDispose]();
      return false;
    });
    expect(seen).toEqual(["state 1", "event 2"]);
    expect(lost).toEqual([]);
  });

  it("delivers no further event after the caller has stopped, even if more arrived together", async () => {
    const { socket, bus } = await startStatus();
    bus.emit(bootStarted);
    const { seen } = await follow(clientOf(socket), (seq, kind) => {
      if (kind === "state") for (let n = 0; n < 20; n++) bus.emit(warning(`${n}`));
      return seq === 3;
    });
    expect(seen).toEqual(["state 1", "event 2", "event 3"]);
  });

  it("reconnects when nothing comes, not even a heartbeat", async () => {
    const { socket, bus } = await startStatus({ heartbeatMs: 3_600_000 });
    const line = await BreakableLine.to(socket, `${socket}.line`);
    bus.emit(bootStarted);
    const endpoint = { id: "socket", socketPath: line.path } as const;
    const client = new RuntimeClient(endpoint, { silenceMs: 20 });
    const enough = new AbortController();
    const lost: string[] = [];
    await client.follow({
      signal: enough.signal,
      onState: () => {},
      onEvent: () => {},
      onLost: (reason) => {
        lost.push(reason);
        enough.abort();
      },
    });
    expect(lost).toEqual(["no data from the runtime"]);
  });

  it("closes its connection when the callback for an open stream fails", async () => {
    const closed = Promise.withResolvers<void>();
    const url = await listen(({ url }, response) => {
      if (url === "/v1/state") return response.end('{"seq": 1}');
      response.once("close", closed.resolve).flushHeaders();
    });
    const following = new RuntimeClient({ id: "url", url, token: null }).follow({
      signal: new AbortController().signal,
      onState: () => {},
      onOpen: () => Promise.reject(new Error("refused")),
      onEvent: () => {},
    });
    await expect(following).rejects.toThrow("refused");
    await closed.promise;
  });

  it("gives up a runtime that does not come back", async () => {
    const { socket, bus } = await startStatus();
    const line = await BreakableLine.to(socket, `${socket}.line`);
    bus.emit(bootStarted);
    const following = follow(clientOf(line.path), (_, kind) => {
      if (kind === "state") bus.emit(warning("one"));
      else line.close();
      return false;
    });
    await expect(following).rejects.toThrow(RuntimeUnreachable);
  });
});

describe("the client", () => {
  it("acts on processes and reads their logs", async () => {
    const { socket, processes } = await startStatus();
    const { log } = processes.add("a/b c", "exec sleep 1000");
    const client = clientOf(socket);
    expect(await client.act("a/b c", "start")).toMatchObject({ id: "a/b c" });
    expect(await client.act("a/b c", "restart")).toMatchObject({ restarts: 1 });
    expect((await client.act("a/b c", "stop")).status.id).toBe("stopped");
    for (const line of ["one", "two", "three"]) log.append("stdout", line);
    expect((await client.log("a/b c", { tail: 2 })).map(({ line }) => line)).toEqual([
      "two",
      "three",
    ]);
  });

  it("follows a log over a broken connection, each line once", async () => {
    const { socket, processes } = await startStatus();
    const line = await BreakableLine.to(socket, `${socket}.line`);
    const { log } = processes.add("web", "true");
    for (const text of ["1", "2", "3"]) log.append("stdout", text);
    const enough = new AbortController();
    const lines: string[] = [];
    await clientOf(line.path).followLog("web", {
      signal: enough.signal,
      tail: 2,
      onLine: ({ line: text }) => {
        lines.push(text);
        if (text === "3") line.cut();
        if (Number(text) < 5) log.append("stdout", String(log.lastSeq + 1));
        if (text === "5") enough.abort();
      },
    });
    expect(lines).toEqual(["2", "3", "4", "5"]);
  });

  it("requests the shutdown", async () => {
    const { socket, stop, bus } = await startStatus();
    bus.emit(bootStarted);
    expect(await clientOf(socket).shutdown("enough")).toMatchObject({ pid: process.pid });
    expect(await stop.asked()).toBe("enough");
  });

  it("throws the runtime's own failure when a request is refused", async () => {
    const client = clientOf((await startStatus()).socket);
    for (const [asked, status, code] of [
      [client.act("nobody", "stop"), 404, "no-such-process"],
      [client.report(), 404, "no-report-yet"],
      [client.adopt({}), 409, "not-a-seed"],
    ] as const) {
      const error = await asked.then(
        () => null,
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(RequestFailed);
      expect(error).toMatchObject({ status, failure: { code } });
    }
  });

  it("says why no runtime answers", async () => {
    const folder = await scratchFolder();
    await expect(clientOf(join(folder, "nobody.sock")).state()).rejects.toThrow("no such socket");
    const url = `http://127.0.0.1:${await freePort()}`;
    const asked = new RuntimeClient({ id: "url", url, token: "s3cret" }).state();
    await expect(asked).rejects.toThrow("nothing is listening there");
  });

  it("sends its token, and below the path of its URL", async () => {
    const seen: unknown[] = [];
    const url = await listen(({ url, headers }, response) => {
      seen.push([url, headers.authorization]);
      response.end('{"seq": 1}');
    });
    await new RuntimeClient({ id: "url", url: `${url}/proxy/7680/`, token: "s3cret" }).state();
    expect(seen).toEqual([["/proxy/7680/v1/state", "Bearer s3cret"]]);
  });

  it("rejects an answer that is not the runtime's", async () => {
    const url = await listen((_, response) => response.writeHead(502).end("<h1>Bad gateway</h1>"));
    const asked = new RuntimeClient({ id: "url", url, token: null }).state();
    await expect(asked).rejects.toMatchObject({
      status: 502,
      failure: { code: "unexpected-answer" },
    });
  });

  it("rejects an answer that is cut off", async () => {
    const url = await listen((_, response) => {
      response.writeHead(200, { "content-length": 100 });
      response.write("{", () => response.destroy());
    });
    const asked = new RuntimeClient({ id: "url", url, token: null }).state();
    await expect(asked).rejects.toThrow(RuntimeUnreachable);
  });
});

async function listen(listener: RequestListener): Promise<string> {
  return `http://127.0.0.1:${await serve(createServer(listener))}`;
}

describe("C13: the client's requests have limits", () => {
  const at = async (listener: RequestListener) => {
    const port = await serve(createServer(listener));
    return { id: "url", url: `http://127.0.0.1:${port}`, token: null } as const;
  };
  const endlessly = (status: number): RequestListener => {
    return (_, response) => {
      response.writeHead(status);
      const more = () => {
        while (!response.destroyed && response.write("x".repeat(65_536)));
      };
      response.on("drain", more);
      more();
    };
  };

  it("in time", async () => {
    const endpoint = await at(() => {});
    const asked = new RuntimeClient(endpoint, { answerMs: 50 }).state();
    await expect(asked).rejects.toThrow(
      new RuntimeUnreachable(endpoint, "no answer within 0.05 s"),
    );
  });

  it.each([
    [200, RuntimeUnreachable],
    [500, RequestFailed],
  ])("in bytes: an answer %i without end", async (status, error) => {
    const client = new RuntimeClient(await at(endlessly(status)));
    await expect(client.state()).rejects.toThrow(error);
  });

  it("in what is kept of a message", async () => {
    const message = "x".repeat(1_000_000);
    const endpoint = await at((_, response) => {
      response.writeHead(400).end(JSON.stringify({ error: { code: "no", message } }));
    });
    const error: RequestFailed = await new RuntimeClient(endpoint).state().catch((it) => it);
    expect(error.failure.code).toBe("no");
    expect(error.failure.message).toHaveLength(2_000);
  });
});

import { lstat, stat, writeFile } from "node:fs/promises";
import type { IncomingHttpHeaders } from "node:http";
import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { carriesToken } from "../../../src/base/bearer.ts";
import { summarize } from "../../../src/protocol/derive/statistics.ts";
import { bootHistorySchema, runtimeStateSchema } from "../../../src/protocol/index.ts";
import { recordBoot } from "../../../src/report/history/store.ts";
import { ask, SseReader } from "../../support/http.ts";
import { readLate } from "../../support/late-reader.ts";
import { reportOf } from "../../support/reports.ts";
import { freePort, scratchFolder } from "../../support/scratch.ts";
import { bootStarted, startStatus, tcpAt } from "../../support/status.ts";
import { until } from "../../support/supervised.ts";

describe("the status API", () => {
  it("returns the state that results from the events", async () => {
    const { socket, bus } = await startStatus();
    bus.emit(bootStarted);
    bus.emit({ type: "phase.started", id: "stage" });
    const answer = await ask(socket, "/v1/state");
    expect(answer.headers["content-type"]).toBe("application/json");
    expect(runtimeStateSchema.parse(answer.json())).toEqual(bus.state);
  });

  it("has the times of the boots on record, also before there is one", async () => {
    const { socket, historyFolder } = await startStatus();
    expect((await ask(socket, "/v1/history")).json()).toEqual({ boots: [] });
    const ready = reportOf({ readyMs: 900, phases: [{ id: "stage", ran: [10, 30] }] });
    const failed = reportOf({
      outcome: "failed",
      phases: [],
      startedAt: "2026-01-02T00:00:00.000Z",
    });
    for (const report of [ready, failed]) await recordBoot(historyFolder, report, { keep: 9 });
    const { boots } = bootHistorySchema.parse((await ask(socket, "/v1/history")).json());
    expect(boots).toEqual([
      { ...summarize(ready), outcome: "ready" },
      { ...summarize(failed), outcome: "failed" },
    ]);
    expect(boots[0]?.phases).toEqual([{ id: "stage", startMs: 10, endMs: 30 }]);
  });

  it("has a socket that only its owner may open", async () => {
    const { socket } = await startStatus();
    expect((await stat(socket)).mode & 0o777).toBe(0o600);
  });

  it.each([
    ["GET", "/nowhere", 404, "not-found"],
    ["GET", "/v1/processes//logs", 404, "not-found"],
    ["GET", "/v1/processes/%ff/logs", 404, "not-found"],
    ["GET", "/v1/processes/nobody/logs", 404, "no-such-process"],
    ["POST", "/v1/processes/nobody/restart", 404, "no-such-process"],
    ["DELETE", "/v1/state", 405, "method-not-allowed"],
    ["GET", "/v1/shutdown", 405, "method-not-allowed"],
    ["GET", "/v1/report", 404, "no-report-yet"],
    ["POST", "/v1/adopt", 409, "not-a-seed"],
  ])("answers %s %s with %i %s", async (method, path, status, code) => {
    const { socket } = await startStatus();
    const answer = await ask(socket, path, { method });
    expect(answer.status).toBe(status);
    expect(answer.json()).toMatchObject({ error: { code, message: expect.stringMatching(/\w/) } });
  });

  it.each(["/v1/state", "/v1/events", "/metrics"])(
    "answers HEAD %s without a body",
    async (path) => {
      const { socket } = await startStatus();
      expect(await ask(socket, path, { method: "HEAD" })).toMatchObject({ status: 200, body: "" });
    },
  );

  it.each([
    ['{"reason": 7}', 400, "reason: expected some text, found 7"],
    ["{", 400, "the body is not JSON"],
    ['{"reason": red-secret}', 400, "the body is not JSON: Unexpected token 'r'\""],
    ["[]", 400, "the body is not a JSON object"],
    [`{"reason": "${"x".repeat(70_000)}"}`, 413, "longer than 65536 bytes"],
  ])("refuses an invalid body and goes on", async (body, status, message) => {
    const { socket, stop } = await startStatus();
    const answer = await ask(socket, "/v1/shutdown", { method: "POST", body });
    expect(answer.status).toBe(status);
    expect(answer.body).toContain(message);
    expect(answer.body).not.toContain("secret");
    expect(stop.stop.aborted).toBe(false);
    expect((await ask(socket, "/livez")).status).toBe(200);
  });

  it.each([
    ["a body that is too long", "/v1/shutdown", {}, 413],
    ["a body without end", "/v1/shutdown", { chunked: true }, 413],
    ["a binding where there is no seed", "/v1/adopt", {}, 409],
    ["a body for nobody", "/nowhere", {}, 404],
  ])("refuses %s, and the client reads why when it has sent it", async (_, path, how, status) => {
    const { socket } = await startStatus();
    const answer = await readLate(socket, path, { bytes: 10_000_000, ...how });
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });

  it("shuts down with the reason in the request", async () => {
    const { socket, stop } = await startStatus();
    const body = JSON.stringify({ reason: "the lease is over" });
    const answer = await ask(socket, "/v1/shutdown", { method: "POST", body });
    expect(answer.status).toBe(202);
    expect(await stop.asked()).toBe("the lease is over");
  });

  it("distinguishes alive, started and ready", async () => {
    const { socket, bus, processes } = await startStatus();
    const probes = async () => {
      const answers = ["/livez", "/startupz", "/readyz"].map((path) => ask(socket, path));
      return (await Promise.all(answers)).map(({ status }) => status);
    };
    bus.emit(bootStarted);
    bus.emit({ type: "phase.started", id: "stage" });
    expect(await probes()).toEqual([200, 503, 503]);
    expect((await ask(socket, "/readyz")).json()).toEqual({
      ok: false,
      status: "booting",
      present: { id: "booting", because: [] },
      waitsFor: ["stage"],
    });
    const agent = processes.add("agent", "exec sleep 1000", { kind: "agent" });
    await agent.start();
    await until(agent, "running");
    expect(await probes()).toEqual([200, 503, 503]);
    bus.emit({ type: "boot.ready", readyMs: 1, urls: {} });
    expect(await probes()).toEqual([200, 200, 200]);
    await agent.stop();
    expect(await probes()).toEqual([200, 200, 503]);
  });

  it("calls a seed ready for its pool from when it waits until its sandbox refuses prompts", async () => {
    const { socket, bus, processes } = await startStatus();
    const probes = async () => {
      const answers = ["/readyz", "/readyz?seed"].map((path) => ask(socket, path));
      return (await Promise.all(answers)).map(({ status }) => status);
    };
    bus.emit({ ...bootStarted, mode: "seed" });
    const agent = processes.add("agent", "exec sleep 1000", { kind: "agent" });
    await agent.start();
    await until(agent, "running");
    expect(await probes()).toEqual([503, 503]);
    bus.emit({ type: "boot.seeded", seededMs: 1 });
    expect(await probes()).toEqual([503, 200]);
    // Nobody can bind it meanwhile.
    bus.emit({ type: "runtime.frozen", unfinished: { prompts: 0, phases: [] } });
    expect(await probes()).toEqual([503, 503]);
    bus.emit({ type: "runtime.resumed", gapMs: 1, noticedBy: "thaw", lost: [] });
    expect(await probes()).toEqual([503, 200]);
    const adopt = () =>
      bus.emit({ type: "adopt.started", requestedMs: 2, repositories: [], phases: [] });
    adopt();
    // A binding may start the agent again.
    await agent.stop();
    expect(await probes()).toEqual([503, 200]);
    const failure = { code: "git-failed", message: "no such branch" };
    bus.emit({ type: "adopt.failed", phase: "workspace.sync:x", failure, readyByThen: [] });
    expect(await probes()).toEqual([503, 503]);
    await agent.start();
    await until(agent, "running");
    expect(await probes()).toEqual([503, 200]);
    adopt();
    bus.emit({ type: "boot.ready", readyMs: 3, urls: {} });
    expect(await probes()).toEqual([200, 200]);
    await agent.stop();
    expect(await probes()).toEqual([503, 503]);
    await agent.start();
    await until(agent, "running");
    bus.emit({ type: "shutdown.started", reason: "SIGTERM" });
    expect(await probes()).toEqual([503, 503]);
    expect((await ask(socket, "/readyz?seed=perhaps")).status).toBe(400);
  });

  it("lets the token for metrics read metrics, and nothing else", async () => {
    const port = await freePort();
    const mayMeasure = (headers: IncomingHttpHeaders) => carriesToken(headers, "of prometheus");
    const { bus } = await startStatus({ tcp: { ...tcpAt(port, "open sesame"), mayMeasure } });
    bus.emit(bootStarted);
    const statusOf = async (path: string, token: string) => {
      const headers = { authorization: `Bearer ${token}` };
      return (await ask(port, path, { headers })).status;
    };
    expect(await statusOf("/metrics", "of prometheus")).toBe(200);
    expect(await statusOf("/metrics", "open sesame")).toBe(200);
    expect(await statusOf("/metrics", "of promotheus")).toBe(401);
    expect((await ask(port, "/metrics")).status).toBe(401);
    for (const path of ["/v1/state", "/v1/events", "/v1/report", "/nowhere"]) {
      expect([path, await statusOf(path, "of prometheus")]).toEqual([path, 401]);
    }
  });

  it("needs the token on its port, except for probes", async () => {
    const port = await freePort();
    const { bus } = await startStatus({ tcp: tcpAt(port, "open sesame") });
    bus.emit(bootStarted);
    expect((await ask(port, "/livez")).status).toBe(200);
    expect((await ask(port, "/readyz")).status).toBe(503);
    for (const path of ["/v1/state", "/v1/events", "/v1/processes/x/logs", "/nowhere"]) {
      const refused = await ask(port, path);
      expect([path, refused.status]).toEqual([path, 401]);
      expect(refused.headers["www-authenticate"]).toBe("Bearer");
    }
    for (const given of ["Bearer open sesamE", "Bearer ", "Basic open sesame", "open sesame"]) {
      expect((await ask(port, "/v1/state", { headers: { authorization: given } })).status).toBe(
        401,
      );
    }
    const headers = { authorization: "Bearer open sesame" };
    expect((await ask(port, "/v1/state", { headers })).status).toBe(200);
  });

  it("cuts the streams of those whose token holds no more, and no others", async () => {
    const port = await freePort();
    let token = "of the pool";
    const tcp = { ...tcpAt(port, ""), token: () => token };
    const { socket, server } = await startStatus({ tcp });
    const headers = { authorization: "Bearer of the pool" };
    const pools = await SseReader.open(port, "/v1/events", { headers });
    const ours = await SseReader.open(socket, "/v1/events");
    server.askAgain();
    token = "of the tenant";
    const tenants = await SseReader.open(port, "/v1/events", {
      headers: { authorization: "Bearer of the tenant" },
    });
    server.askAgain();
    await pools.closed();
    expect([ours.ended, tenants.ended]).toEqual([false, false]);
    expect((await ask(port, "/v1/events", { headers })).status).toBe(401);
  });

  it("gives git's credentials on the socket alone, also to those who have the token", async () => {
    const port = await freePort();
    const { socket } = await startStatus({ tcp: tcpAt(port, "open sesame") });
    const question = (body: object) => ({
      method: "POST",
      headers: { authorization: "Bearer open sesame" },
      body: JSON.stringify(body),
    });
    const body = { action: "get", protocol: "https", host: "git.example.org" };
    const path = "/v1/git/credential";
    expect((await ask(socket, path, question(body))).status).toBe(200);
    expect((await ask(port, path, question(body))).status).toBe(404);
    for (const wrong of [{ ...body, action: "store" }, { ...body, host: 7 }, { action: "get" }]) {
      const answer = await ask(socket, path, question({ ...wrong, password: "s3cr3t" }));
      expect(answer.status).toBe(400);
      expect(answer.body).not.toContain("s3cr3t");
    }
    const noText = await ask(socket, path, question({ ...body, password: ["s3cr3t"] }));
    expect([noText.status, noText.body.includes("s3cr3t")]).toEqual([400, false]);
  });

  it("names the process that holds its port", async () => {
    const port = await freePort();
    await startStatus({ tcp: tcpAt(port, "open sesame") });
    const second = startStatus({ tcp: tcpAt(port, "open sesame") });
    await expect(second).rejects.toThrow(
      new RegExp(`port ${port} \\(status\\.port\\) is in use by .*pid ${process.pid}`),
    );
  });

  it("returns a report when the boot has ended, with the phases that were ready by then", async () => {
    const { socket, bus } = await startStatus();
    bus.emit(bootStarted);
    const failure = { code: "git-failed", message: "no such branch" };
    bus.emit({ type: "boot.failed", phase: "stage", failure, readyByThen: ["x"] });
    expect((await ask(socket, "/v1/report")).json()).toMatchObject({
      outcome: "failed",
      fatal: { phase: "stage", failure, readyByThen: ["x"] },
    });
  });
});

describe("the socket", () => {
  it("is refused to a second runtime, with the pid of the first", async () => {
    const { socket, bus } = await startStatus();
    bus.emit(bootStarted);
    const second = startStatus({ socketPath: socket });
    await expect(second).rejects.toThrow(`another runtime (pid ${process.pid}) answers`);
    expect((await ask(socket, "/v1/state")).status).toBe(200);
  });

  it("is not taken from a process that answers without its pid", async () => {
    const socket = `${await scratchFolder()}/runtime.sock`;
    const silent = createServer((connection) => connection.resume().end("what?\r\n\r\n"));
    await new Promise<void>((resolve) => silent.listen(socket, resolve));
    try {
      await expect(startStatus({ socketPath: socket })).rejects.toThrow("does not say its pid");
    } finally {
      await new Promise((resolve) => silent.close(resolve));
    }
  });

  it("does not replace a file that is not a socket", async () => {
    const path = `${await scratchFolder()}/runtime.sock`;
    await writeFile(path, "precious");
    await expect(startStatus({ socketPath: path })).rejects.toThrow("not a socket");
    expect((await lstat(path)).isFile()).toBe(true);
  });
});

describe("the event stream", () => {
  const seqs = (reader: SseReader) => reader.messages.map(({ data }) => JSON.parse(data).seq);

  it("has past and new events, in order, each once", async () => {
    const { socket, bus } = await startStatus();
    bus.emit(bootStarted);
    bus.emit({ type: "phase.started", id: "stage" });
    const reader = await SseReader.open(socket, "/v1/events");
    await reader.until((messages) => messages.length === 2);
    bus.emit({ type: "phase.warning", id: "stage", message: "one\ntwo" });
    await reader.until((messages) => messages.length === 3);
    expect(seqs(reader)).toEqual([1, 2, 3]);
    expect(JSON.parse(reader.messages[2]?.data ?? "")).toMatchObject({ message: "one\ntwo" });
  });

  it.each(["plain number", "id of the stream"])("resumes after a %s", async (kind) => {
    const { socket, bus } = await startStatus();
    bus.emit(bootStarted);
    for (const n of [2, 3, 4]) bus.emit({ type: "phase.warning", id: "stage", message: `${n}` });
    const first = await SseReader.open(socket, "/v1/events");
    await first.until((messages) => messages.length === 4);
    first.close();
    const id = kind === "plain number" ? "2" : (first.messages[1]?.id ?? "");
    const second = await SseReader.open(socket, "/v1/events", { headers: { "last-event-id": id } });
    await second.until((messages) => messages.length === 2);
    expect(seqs(second)).toEqual([3, 4]);
  });

  it.each([
    ["is no longer kept", "1"],
    ["is of an earlier runtime", "00000000.19"],
    ["has not come yet", "999"],
    ["is invalid", "yesterday"],
  ])("begins with the state when the reader's last event %s", async (_, id) => {
    const { socket, bus } = await startStatus({ capacity: 5 });
    bus.emit(bootStarted);
    for (let n = 0; n < 20; n++) bus.emit({ type: "phase.warning", id: "stage", message: `${n}` });
    const reader = await SseReader.open(socket, "/v1/events", { headers: { "last-event-id": id } });
    await reader.until((messages) => messages.length === 1);
    expect(reader.messages[0]?.event).toBe("state");
    expect(JSON.parse(reader.messages[0]?.data ?? "")).toEqual(bus.state);
    bus.emit({ type: "phase.warning", id: "stage", message: "after" });
    await reader.until((messages) => messages.length === 2);
    expect(JSON.parse(reader.messages[1]?.data ?? "")).toMatchObject({ seq: 22 });
  });

  /** Emits far more than fits into a socket's buffer. */
  const flood = (bus: Awaited<ReturnType<typeof startStatus>>["bus"], count: number) => {
    const line = "x".repeat(60_000);
    for (let n = 0; n < count; n++) {
      bus.emit({ type: "phase.output", id: "stage", stream: "stdout", line });
    }
  };

  it("keeps nothing for a slow reader, which gets the state in place of the events it missed", async () => {
    const { socket, bus } = await startStatus({ capacity: 10 });
    bus.emit(bootStarted);
    const reader = await SseReader.open(socket, "/v1/events");
    await reader.until((messages) => messages.length === 1);
    reader.response.pause();
    const before = process.memoryUsage().external + process.memoryUsage().heapUsed;
    // The server writes into the socket only between turns of this test.
    for (let round = 0; round < 40; round++) {
      flood(bus, 20);
      await new Promise(setImmediate);
    }
    const grown = process.memoryUsage().external + process.memoryUsage().heapUsed - before;
    expect(grown).toBeLessThan(25_000_000);
    reader.response.resume();
    const last = bus.state.seq;
    await reader.until((messages) => JSON.parse(messages.at(-1)?.data ?? "{}").seq === last);
    expect(reader.messages.map(({ event }) => event)).toContain("state");
    expect(reader.messages.length).toBeLessThan(200);
  });

  it("disconnects a reader that reads nothing", async () => {
    const { socket, bus } = await startStatus({ stallMs: 20 });
    bus.emit(bootStarted);
    const left = new Promise<void>((resolve) => {
      const subscribe = bus.subscribe.bind(bus);
      bus.subscribe = (listener) => {
        const leave = subscribe(listener);
        return () => {
          leave();
          resolve();
        };
      };
    });
    const reader = await SseReader.open(socket, "/v1/events");
    await reader.until((messages) => messages.length === 1);
    reader.response.pause();
    flood(bus, 100);
    await left;
    // The reader first gets the data that is already in the connection, then its end.
    reader.response.resume();
    await reader.closed();
    expect(reader.messages.length).toBeLessThan(100);
  });

  it("sends heartbeats while there are no events", async () => {
    const { socket } = await startStatus({ heartbeatMs: 5 });
    const reader = await SseReader.open(socket, "/v1/events");
    const bytes = await new Promise<string>((resolve) => reader.response.once("data", resolve));
    // One heartbeat, or several that arrived together.
    expect(bytes).toMatch(/^(: heartbeat\n\n)+$/);
  });

  it("sends the last events before it ends", async () => {
    const { socket, bus, server } = await startStatus();
    bus.emit(bootStarted);
    const reader = await SseReader.open(socket, "/v1/events");
    await reader.until((messages) => messages.length === 1);
    bus.emit({ type: "shutdown.started", reason: "SIGTERM" });
    await server[Symbol.asyncDispose]();
    await reader.closed();
    expect(reader.messages.map(({ data }) => JSON.parse(data).type)).toEqual([
      "boot.started",
      "shutdown.started",
    ]);
    await expect(lstat(socket)).rejects.toThrow("ENOENT");
  });
});

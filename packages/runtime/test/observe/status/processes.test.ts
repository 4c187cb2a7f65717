import { describe, expect, it } from "vitest";
import { isAlive } from "../../../../../test/support/process-table.ts";
import { processStateSchema } from "../../../src/protocol/index.ts";
import { ask, SseReader } from "../../support/http.ts";
import { bootStarted, startStatus } from "../../support/status.ts";

const post = (socket: string, path: string) => ask(socket, path, { method: "POST" });

const linesOf = (reader: SseReader) => reader.messages.map(({ data }) => JSON.parse(data).line);

describe("commands of the status API", () => {
  it("stop, start and restart a process", async () => {
    const { socket, processes } = await startStatus();
    const first = await processes.add("web", "exec sleep 1000").start();

    const stopped = await post(socket, "/v1/processes/web/stop");
    expect(stopped.status).toBe(200);
    expect(processStateSchema.parse(stopped.json()).status.id).toBe("stopped");
    expect(isAlive(first)).toBe(false);
    expect((await post(socket, "/v1/processes/web/stop")).status).toBe(200);

    expect((await post(socket, "/v1/processes/web/start")).status).toBe(200);
    expect((await post(socket, "/v1/processes/web/start")).status).toBe(200);
    const restarted = await post(socket, "/v1/processes/web/restart");
    expect(restarted.json()).toMatchObject({ id: "web", restarts: 1 });
  });

  it("say why a process could not be started", async () => {
    const { socket, processes } = await startStatus();
    const spec = () => ({ command: "no-such-program", args: [], cwd: "/", env: {} });
    processes.add("web", "", { spec });
    const answer = await post(socket, "/v1/processes/web/start");
    expect(answer.status).toBe(409);
    expect(answer.json()).toMatchObject({ error: { code: "not-installed" } });
  });

  it("are refused while the boot waits for the process", async () => {
    const { socket, bus, processes } = await startStatus();
    bus.emit(bootStarted);
    const pid = await processes.add("agent", "exec sleep 1000", { optional: false }).start();
    for (const action of ["restart", "stop"]) {
      const answer = await post(socket, `/v1/processes/agent/${action}`);
      expect(answer.status).toBe(409);
      expect(answer.json()).toMatchObject({ error: { code: "booting" } });
    }
    expect(isAlive(pid)).toBe(true);
  });
});

describe("a process's log", () => {
  /** Starts a process that prints these lines and goes on. */
  const saying = async (text: string) => {
    const status = await startStatus();
    const process = status.processes.add("web", `${text}; exec sleep 1000`);
    await process.start();
    return { ...status, process };
  };

  it("is streamed: first the kept lines, then new ones, each once", async () => {
    const { socket, process } = await saying("echo one; echo two >&2");
    const reader = await SseReader.open(socket, "/v1/processes/web/logs?follow=true");
    await reader.until((messages) => messages.length === 2);
    process.log.append("stdout", "three");
    await reader.until((messages) => messages.length === 3);
    const lines = reader.messages.map(({ data }) => JSON.parse(data));
    expect(lines.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(lines.find(({ line }) => line === "two")).toMatchObject({ stream: "stderr" });
    expect(lines.map(({ line }) => line).toSorted()).toEqual(["one", "three", "two"]);
    expect(lines.every(({ ms }) => typeof ms === "number")).toBe(true);
  });

  it("is returned whole, by its tail, or after a line", async () => {
    const { socket, processes } = await startStatus();
    const { log } = processes.add("web", "true");
    const lines = async (query: string) => {
      const answer = await ask(socket, `/v1/processes/web/logs${query}`);
      return (answer.json() as { lines: { line: string }[] }).lines.map(({ line }) => line);
    };
    expect(await lines("")).toEqual([]);
    expect(await lines("?tail=2")).toEqual([]);
    for (const line of ["a", "b", "c"]) log.append("stdout", line);
    expect(await lines("")).toEqual(["a", "b", "c"]);
    expect(await lines("?tail=2")).toEqual(["b", "c"]);
    expect(await lines("?tail=0")).toEqual([]);
    expect(await lines("?after=1")).toEqual(["b", "c"]);
    expect(await lines("?after=99")).toEqual([]);
    const bad = await ask(socket, "/v1/processes/web/logs?tail=-1");
    expect(bad.status).toBe(400);
    expect(bad.body).toContain("tail: expected a whole number from 0, found");
    expect((await ask(socket, "/v1/processes/web/logs?follow=maybe")).status).toBe(400);
  });

  it("is streamed from its tail on, and resumed by Last-Event-ID", async () => {
    const { socket, processes } = await startStatus();
    const { log } = processes.add("web", "true");
    for (const line of ["a", "b", "c"]) log.append("stdout", line);
    const first = await SseReader.open(socket, "/v1/processes/web/logs?follow=1&tail=0");
    log.append("stdout", "d");
    await first.until((messages) => messages.length === 1);
    expect(linesOf(first)).toEqual(["d"]);
    const second = await SseReader.open(socket, "/v1/processes/web/logs?follow=1", {
      headers: { "last-event-id": "2" },
    });
    await second.until((messages) => messages.length === 2);
    expect(linesOf(second)).toEqual(["c", "d"]);
  });

  it("tells a reader that was too slow how many lines it has missed", async () => {
    const { socket, processes } = await startStatus();
    const { log } = processes.add("web", "true");
    log.append("stdout", "first");
    const reader = await SseReader.open(socket, "/v1/processes/web/logs?follow=1");
    await reader.until((messages) => messages.length === 1);
    reader.response.pause();
    for (let round = 0; round < 40; round++) {
      // More lines than the log keeps, several times, while nobody reads.
      for (let n = 0; n < 30; n++) log.append("stdout", "x".repeat(60_000));
      await new Promise(setImmediate);
    }
    reader.response.resume();
    const last = log.lastSeq;
    await reader.until((messages) => JSON.parse(messages.at(-1)?.data ?? "{}").seq === last);
    const gaps = reader.messages.filter(({ event }) => event === "gap");
    const missed = gaps.reduce((sum, { data }) => sum + JSON.parse(data).missed, 0);
    expect(missed).toBeGreaterThan(0);
    expect(reader.messages.length - gaps.length + missed).toBe(last);
  });
});

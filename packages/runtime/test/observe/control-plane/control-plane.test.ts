import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { processClock } from "../../../src/base/clock.ts";
import { ControlPlane } from "../../../src/observe/control-plane/control-plane.ts";
import { EventBus } from "../../../src/observe/events/bus.ts";
import {
  bootReportSchema,
  type EventBody,
  type ProcessStatus,
} from "../../../src/protocol/index.ts";
import { buildReport } from "../../../src/report/build-report.ts";
import { FakeControlPlane } from "../../fixtures/control-plane.ts";
import { scratchFolder } from "../../support/scratch.ts";
import { bootStarted } from "../../support/status.ts";

const failure = { code: "git-failed", message: "no such branch" };
const bootFailed: EventBody = { type: "boot.failed", phase: "stage", failure, readyByThen: ["x"] };
const bootReady: EventBody = { type: "boot.ready", readyMs: 5, urls: {} };

/** The one timer that fires only when the test calls it. */
const START_MS = 1_000;

interface Options {
  readonly messages?: readonly ("error" | "phase" | "report" | "state")[];
  readonly folder?: string;
  readonly inherited?: string;
  readonly token?: string | null;
  readonly flushSeconds?: number;
  readonly maxMessages?: number;
}

/** Starts the client of the control plane without a runtime. Its backoffs are recorded, and are over at once. */
async function startClient(plane: FakeControlPlane, options: Options = {}) {
  const folder = options.folder ?? join(await scratchFolder(), "outbox");
  const bus = new EventBus({ clock: processClock, redact: (value) => value });
  const waits: number[] = [];
  const started = Promise.withResolvers<() => void>();
  const hurry = new AbortController();
  const controlPlane = new ControlPlane({
    config: {
      url: plane.url,
      token: "s3cret",
      sandboxId: "box/1",
      flushSeconds: 30,
      messages: ["error", "report", "state"],
      maxMessages: 500,
      ...options,
    },
    folder,
    inherited: options.inherited ?? null,
    folderIsFree: Promise.resolve(),
    bus,
    fatalForm: null,
    report: async () => buildReport(bus.state, "failed"),
    timers: {
      after: (ms, task) => {
        if (ms === START_MS) {
          started.resolve(task);
          return () => {};
        }
        waits.push(ms);
        const soon = setTimeout(task, 1);
        return () => clearTimeout(soon);
      },
    },
    random: () => 0.5,
    hurry: hurry.signal,
  });
  let ended: Promise<void> | undefined;
  const end = () => {
    ended ??= controlPlane[Symbol.asyncDispose]();
    return ended;
  };
  onTestFinished(() => {
    hurry.abort();
    return end();
  });
  const undelivered = async () => {
    const names = (await readdir(folder)).toSorted();
    return Promise.all(
      names.map(async (name) => JSON.parse(await readFile(join(folder, name), "utf8"))),
    );
  };
  const start = await started.promise;
  return { bus, folder, waits, hurry, end, undelivered, start, controlPlane };
}

const pathsOf = (plane: FakeControlPlane) => plane.taken.map(({ path }) => path);

describe("the control plane gets", () => {
  it("changes of state, fatal errors and reports, in order, with its token", async () => {
    const plane = await (await FakeControlPlane.create()).up();
    const { bus, end, folder } = await startClient(plane);
    bus.emit(bootStarted);
    bus.emit({ type: "phase.started", id: "stage" });
    bus.emit(bootFailed);
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    bus.emit({ type: "shutdown.started", reason: "stage failed" });
    bus.emit({ type: "shutdown.ended", exitCode: 1 });
    await end();
    const [state, error, report, ...rest] = plane.taken;
    expect(pathsOf(plane)).toEqual([
      "/base/sandbox/box%2F1/state",
      "/base/sandbox/box%2F1/error",
      "/base/sandbox/box%2F1/report",
      "/base/sandbox/box%2F1/state",
      "/base/sandbox/box%2F1/state",
    ]);
    expect(state?.body).toMatchObject({ event: "boot.started", status: "booting", mode: "fresh" });
    expect(error?.body).toMatchObject({
      error: "stage failed: no such branch",
      fatal: true,
      phase: "stage",
      failure,
      readyByThen: ["x"],
    });
    expect(bootReportSchema.parse(report?.body).outcome).toBe("failed");
    expect(rest.map(({ body }) => body["status"])).toEqual(["stopping", "stopped"]);
    expect(new Set(plane.tries.map(({ authorization }) => authorization))).toEqual(
      new Set(["Bearer s3cret"]),
    );
    expect(await readdir(folder)).toEqual([]);
  });

  it("each phase as it happens when it asks for them, numbered in its boot, also what a killed runtime could not tell", async () => {
    const plane = await FakeControlPlane.create();
    const messages = ["phase"] as const;
    const killed = await startClient(plane, { messages });
    killed.bus.emit(bootStarted);
    killed.bus.emit({ type: "phase.started", id: "stage" });
    killed.hurry.abort();
    await killed.end();
    await plane.up();
    const { bus, end } = await startClient(plane, { messages, folder: killed.folder });
    bus.emit(bootStarted);
    bus.emit({ type: "phase.started", id: "stage" });
    bus.emit({ type: "phase.output", id: "stage", stream: "stdout", line: "not told" });
    bus.emit({ type: "phase.warning", id: "stage", code: "x", message: "slow" });
    bus.emit(bootReady);
    await end();
    expect(new Set(pathsOf(plane))).toEqual(new Set(["/base/sandbox/box%2F1/phase"]));
    const boot = bootStarted.type === "boot.started" ? bootStarted.startedAt : "";
    expect(plane.taken.map(({ body }) => [body["boot"], body["seq"], body["type"]])).toEqual([
      [boot, 2, "phase.started"],
      [boot, 2, "phase.started"],
      [boot, 4, "phase.warning"],
    ]);
  });

  it("a message at once after a pause, although its connection still waits for an answer", async () => {
    const plane = await (await FakeControlPlane.create()).up();
    plane.behaviour = () => "hang";
    const { bus, start, waits, controlPlane } = await startClient(plane);
    bus.emit(bootStarted);
    start();
    await plane.until(() => plane.tries.length === 1);
    plane.behaviour = () => 204;
    controlPlane.reconnect();
    await plane.until(() => plane.taken.length === 1);
    expect(plane.taken[0]?.id).toBe(plane.tries[0]?.id);
    expect(waits).toEqual([]);
    bus.emit(bootReady);
    expect(await controlPlane.settle()).toBe(0);
    expect(plane.taken.map(({ body }) => body["event"])).toContain("boot.ready");
  });

  it("C16: that a part was lost after the boot, and that it is back, once each", async () => {
    const plane = await (await FakeControlPlane.create()).up();
    const { bus, end } = await startClient(plane);
    const ttyd = (status: ProcessStatus) => {
      const rest = { kind: "sidecar", port: null, url: null, restarts: 0, optional: true } as const;
      bus.emit({ type: "process.changed", process: { id: "ttyd", status, ...rest } });
    };
    const running = { id: "running", pid: 7, sinceMs: 1, readyMs: 2, readyBy: "tcp" } as const;
    bus.emit(bootStarted);
    ttyd(running);
    bus.emit({ type: "boot.ready", readyMs: 5, urls: {} });
    ttyd(running);
    ttyd({ id: "crashed", sinceMs: 6, exitCode: 1, signal: null });
    ttyd({ id: "backoff", sinceMs: 6, retryAtMs: 9, attempt: 1 });
    ttyd(running);
    bus.emit({ type: "shutdown.started", reason: "over" });
    await end();
    const states = plane.taken.filter(({ path }) => path.endsWith("/state"));
    expect(states.map(({ body }) => [body["event"], body["present"]])).toEqual([
      ["boot.started", "booting"],
      ["boot.ready", "ready"],
      ["process.changed", "degraded"],
      ["process.changed", "ready"],
      ["shutdown.started", "ending"],
    ]);
  });

  it("that a boot that failed recovers, and that it is tried again", async () => {
    const plane = await (await FakeControlPlane.create()).up();
    const { bus, end } = await startClient(plane);
    bus.emit(bootStarted);
    bus.emit({ ...bootFailed, recovers: true });
    bus.emit({ type: "recovery.started", phase: "stage" });
    bus.emit({ type: "retry.started", from: "stage", phases: [] });
    bus.emit({ type: "boot.ready", readyMs: 5, urls: {} });
    await end();
    const states = plane.taken.filter(({ path }) => path.endsWith("/state"));
    expect(states.map(({ body }) => [body["event"], body["present"]])).toEqual([
      ["boot.started", "booting"],
      ["recovery.started", "recovering"],
      ["retry.started", "booting"],
      ["boot.ready", "ready"],
    ]);
  });

  it("nothing before the agent has been spawned", async () => {
    const plane = await (await FakeControlPlane.create()).up();
    const { bus, folder } = await startClient(plane);
    bus.emit(bootStarted);
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    await expect(stat(folder)).rejects.toThrow("ENOENT");
    const ended = { type: "phase.ended", id: "agent.spawn", status: "done", detail: {} } as const;
    bus.emit({ ...ended, startMs: 1, endMs: 2 });
    await plane.until(() => plane.taken.length === 1);
  });

  it("messages after a moment, even when the agent has not been spawned", async () => {
    const plane = await (await FakeControlPlane.create()).up();
    const { bus, start } = await startClient(plane);
    bus.emit(bootStarted);
    start();
    await plane.until(() => plane.taken.length === 1);
  });

  it.each([500, 503, 429, 401, "cut"] as const)(
    "the same message again and again while it answers %s",
    async (how) => {
      const plane = await (await FakeControlPlane.create()).up();
      plane.behaviour = () => (plane.tries.length <= 10 ? how : 204);
      const { bus, end, waits } = await startClient(plane);
      bus.emit(bootStarted);
      bus.emit(bootReady);
      await plane.until(() => plane.taken.length >= 1);
      await end();
      // The first message is repeated with the same id. The others come after it.
      const ids = plane.tries.map(({ id }) => id);
      expect(new Set(ids.slice(0, 11)).size).toBe(1);
      expect(pathsOf(plane).map((path) => path.split("/").at(-1))).toEqual([
        "state",
        "state",
        "report",
      ]);
      // The backoff grows up to its maximum. With this jitter, each is three quarters of its full length.
      expect(waits).toEqual(
        [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000, 30_000].map(
          (ms) => ms * 0.75,
        ),
      );
      expect(bus.state.warnings.map(({ source }) => source)).toEqual(["control-plane"]);
    },
  );

  it("the other messages when it refuses one for good", async () => {
    const plane = await (await FakeControlPlane.create()).up();
    plane.behaviour = ({ path }) => (path.endsWith("/report") ? 404 : 204);
    const { bus, end, folder } = await startClient(plane);
    bus.emit(bootReady);
    await plane.until(() => plane.tries.length === 2);
    bus.emit({ type: "shutdown.started", reason: "SIGTERM" });
    await end();
    expect(plane.taken.map(({ body }) => body["event"])).toEqual([
      "boot.ready",
      "shutdown.started",
    ]);
    expect(bus.state.warnings).toEqual([
      {
        source: "control-plane",
        code: "control-plane-refused",
        message: expect.stringContaining("refused a message (report) with 404"),
      },
    ]);
    expect(await readdir(folder)).toEqual([]);
  });
});

describe("an undelivered message", () => {
  it("of an earlier binding is sent, too, and that of another sandbox is removed with its folder", async () => {
    const plane = await FakeControlPlane.create();
    const earlier = await startClient(plane, { flushSeconds: 0.01 });
    earlier.bus.emit(bootStarted);
    await earlier.end();
    const [kept] = await earlier.undelivered();
    const others = { ...kept, id: "others", sandboxId: "box/2" };
    await writeFile(join(earlier.folder, "000000000009.json"), JSON.stringify(others));
    await plane.up();
    const next = await startClient(plane, { inherited: earlier.folder });
    next.bus.emit(bootReady);
    await next.end();
    expect(plane.taken[0]?.id).toBe(kept.id);
    expect(JSON.stringify(plane.taken)).not.toContain("others");
    await expect(readdir(earlier.folder)).rejects.toThrow("ENOENT");
  });

  it("is sent by the next boot, first and in order", async () => {
    const plane = await FakeControlPlane.create();
    const first = await startClient(plane, { flushSeconds: 0.01 });
    first.bus.emit(bootStarted);
    first.bus.emit(bootFailed);
    await first.end();
    const kept = await first.undelivered();
    expect(kept.map(({ kind }) => kind)).toEqual(["state", "error", "report"]);

    await plane.up();
    const second = await startClient(plane, { folder: first.folder });
    second.bus.emit(bootStarted);
    await second.end();
    expect(plane.taken.map(({ id }) => id).slice(0, 3)).toEqual(kept.map(({ id }) => id));
    expect(plane.taken[3]?.body).toMatchObject({ event: "boot.started" });
    expect(await readdir(first.folder)).toEqual([]);
  });

  it("delays the shutdown only until the deadline, or until the shutdown is hurried", async () => {
    const hanging = async () => {
      const plane = await (await FakeControlPlane.create()).up();
      plane.behaviour = () => "hang";
      return plane;
    };
    const patient = await startClient(await hanging(), { flushSeconds: 0.05 });
    patient.bus.emit(bootReady);
    await patient.end();
    expect((await patient.undelivered()).length).toBe(2);

    const plane = await hanging();
    const hurried = await startClient(plane, { flushSeconds: 3_600 });
    hurried.bus.emit(bootReady);
    const ending = hurried.end();
    await plane.until(() => plane.tries.length > 0);
    hurried.hurry.abort();
    await ending;
    expect((await hurried.undelivered()).length).toBe(2);
  });

  it("is dropped when there are too many, changes of state first", async () => {
    const plane = await FakeControlPlane.create();
    const { bus, end, undelivered } = await startClient(plane, {
      flushSeconds: 0.01,
      maxMessages: 4,
    });
    bus.emit(bootStarted);
    bus.emit(bootFailed);
    for (let n = 0; n < 6; n++) bus.emit({ type: "shutdown.started", reason: `${n}` });
    await end();
    const kept = await undelivered();
    expect(kept).toHaveLength(4);
    expect(kept.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["error", "report"]));
    expect(bus.state.warnings.map(({ code }) => code)).toContain("outbox-full");
  });

  it("of another sandbox, or incomplete, is not sent", async () => {
    const plane = await (await FakeControlPlane.create()).up();
    const folder = join(await scratchFolder(), "outbox");
    await mkdir(folder);
    const other = { id: "1", kind: "state", sandboxId: "of the image", body: {} };
    await writeFile(join(folder, "000000000001.json"), JSON.stringify(other));
    await writeFile(join(folder, "000000000002.json"), '{"id": "2", "ki');
    await writeFile(join(folder, "000000000003.json.new"), "{}");
    const { bus, end } = await startClient(plane, { folder });
    bus.emit(bootReady);
    await end();
    expect(plane.tries.map(({ body }) => body["event"] ?? body["outcome"])).toEqual([
      "boot.ready",
      "failed",
    ]);
    expect(await readdir(folder)).toEqual([]);
  });

  it("is kept in memory when the disk cannot be used", async () => {
    const plane = await (await FakeControlPlane.create()).up();
    const folder = join(await scratchFolder(), "outbox");
    await writeFile(folder, "a file is in the way");
    const { bus, end } = await startClient(plane, { folder });
    bus.emit(bootReady);
    await end();
    expect(plane.taken).toHaveLength(2);
    expect(bus.state.warnings[0]).toMatchObject({
      code: "outbox-unusable",
      message: expect.stringContaining("messages are kept in memory"),
    });
  });
});

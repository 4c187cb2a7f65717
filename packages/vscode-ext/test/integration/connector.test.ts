import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BootHistory } from "@sandboot/runtime/protocol";
import { RuntimeClient } from "@sandboot/runtime/protocol/client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { watchForAppearance } from "../../src/host/appearance.ts";
import { Connector } from "../../src/host/connector.ts";
import { socketOf } from "../../src/host/places.ts";
import type { Snapshot } from "../../src/store/snapshot.ts";
import { Store } from "../../src/store/store.ts";
import { end, process, untilHookRuns, untilReady } from "../fixtures/boot-script.ts";
import { ScriptedRuntime } from "../fixtures/scripted-runtime.ts";
import { STARTED_AT } from "../fixtures/snapshots.ts";
import { until as untilStore } from "../support/until.ts";

let folder: string;
let runtime: ScriptedRuntime;
let store: Store;
let connector: Connector;
let ending: AbortController;
let problems: string[];
let run: Promise<void>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sandboot-connector-"));
  runtime = new ScriptedRuntime(join(folder, "runtime.sock"));
  store = new Store();
  problems = [];
  ending = new AbortController();
  connector = new Connector({
    store,
    places: () => [
      { id: "socket", socketPath: join(folder, "nobody.sock") },
      { id: "socket", socketPath: runtime.socketPath },
    ],
    open: (place) => new RuntimeClient(place),
    onProblem: (problem) => problems.push(problem),
    watch: () => () => {},
    firstRetryMs: 5,
    lastRetryMs: 20,
  });
  run = connector.run(ending.signal);
});
afterEach(async () => {
  ending.abort();
  await run;
  await runtime.close();
  await rm(folder, { recursive: true, force: true });
});

const until = (is: (snapshot: Snapshot) => boolean) => untilStore(store, is);
const connected = (id: Snapshot["connection"]["id"]) => (snapshot: Snapshot) =>
  snapshot.connection.id === id;

describe("the connector", () => {
  it("says where it looked, and connects by itself when a runtime comes", async () => {
    const lost = await until(connected("unreachable"));
    expect(lost.connection).toEqual({
      id: "unreachable",
      attempts: [
        { place: join(folder, "nobody.sock"), problem: "no such socket" },
        { place: runtime.socketPath, problem: "no such socket" },
      ],
    });
    await runtime.listen();
    await until(connected("live"));
  });

  it("connects at once when a socket appears, even where not even its folder was", async () => {
    const socketPath = join(folder, "state", "deeper", "runtime.sock");
    const apart = new Store();
    const watching = new Connector({
      store: apart,
      places: () => [{ id: "socket", socketPath }],
      open: (place) => new RuntimeClient(place),
      onProblem: () => {},
      watch: (places, onNews) => watchForAppearance(places.flatMap(socketOf), onNews),
      // Longer than the test may take: only the file system can tell it.
      firstRetryMs: 600_000,
      lastRetryMs: 600_000,
    });
    const watched = watching.run(ending.signal);
    await untilStore(apart, connected("unreachable"));
    await mkdir(join(folder, "state", "deeper"), { recursive: true });
    await using late = new ScriptedRuntime(socketPath);
    late.play(untilHookRuns(STARTED_AT));
    await late.listen();
    await untilStore(apart, connected("live"));
    ending.abort();
    await watched;
  });

  it("follows a boot by events, after asking for the state once", async () => {
    runtime.play(untilHookRuns(STARTED_AT));
    await runtime.listen();
    await until(connected("live"));
    runtime.play(untilReady());
    const { state } = await until((now) => now.state?.status === "ready");
    expect(state).toEqual(runtime.state);
    expect(runtime.requests.toSorted()).toEqual([
      "GET /v1/events",
      "GET /v1/history",
      "GET /v1/state",
    ]);
  });

  it("resumes a broken stream where it broke off", async () => {
    runtime.play(untilHookRuns(STARTED_AT));
    await runtime.listen();
    await until(connected("live"));
    const seen: string[] = [];
    store.subscribe(({ connection }) => {
      if (seen.at(-1) !== connection.id) seen.push(connection.id);
    });
    while (!runtime.requests.includes("GET /v1/events")) await new Promise(setImmediate);
    runtime.breakStreams();
    runtime.emit(900, end(900, "hook.start:shop", 311).body);
    const hookEnded = (now: Snapshot) =>
      now.state?.phases.find(({ id }) => id === "hook.start:shop")?.status === "done";
    const after = await until(hookEnded);
    expect(after.state).toEqual(runtime.state);
    expect(seen).toEqual(["stale", "live"]);
  });

  it("shows the last state as old when the runtime is gone, and the new one when it is started again", async () => {
    runtime.play([...untilHookRuns(STARTED_AT), ...untilReady()]);
    await runtime.listen();
    await until(connected("live"));
    await runtime.close();
    const stale = await until(connected("stale"));
    expect(stale.state?.status).toBe("ready");
    runtime = new ScriptedRuntime(runtime.socketPath);
    const again = "2026-03-04T06:00:00.000Z";
    runtime.play(untilHookRuns(again));
    await runtime.listen();
    await until((now) => now.state?.startedAt === again);
  });

  it("asks each runtime for the boots on its record, so that the first visit can compare", async () => {
    const recorded = (readyMs: number | null): BootHistory["boots"][number] => ({
      startedAt: "2026-01-01T00:00:00.000Z",
      mode: "fresh",
      outcome: readyMs === null ? "failed" : "ready",
      readyMs,
      phases: [],
    });
    runtime.history = { boots: [recorded(900), recorded(null)] };
    runtime.play(untilHookRuns(STARTED_AT));
    await runtime.listen();
    const asked = await until(({ history }) => history.length > 0);
    expect(asked.history.map(({ readyMs }) => readyMs)).toEqual([900]);
    await runtime.close();
    runtime = new ScriptedRuntime(runtime.socketPath);
    runtime.history = null;
    const again = "2026-03-04T06:00:00.000Z";
    runtime.play(untilHookRuns(again));
    await runtime.listen();
    await until((now) => now.state?.startedAt === again);
    while (problems.length === 0) await new Promise(setImmediate);
    expect(problems).toEqual(["no earlier boots: the runtime answered 404"]);
    expect(store.snapshot.history).toEqual([]);
    expect(store.snapshot.connection.id).toBe("live");
  });

  it("tells of a runtime of a newer protocol", async () => {
    runtime.play(untilHookRuns(STARTED_AT));
    runtime.pretendVersion(99);
    await runtime.listen();
    expect((await until(connected("incompatible"))).connection).toMatchObject({
      schemaVersion: 99,
    });
  });

  it("asks for a restart, and follows a log until nobody wants it", async () => {
    runtime.play(untilHookRuns(STARTED_AT));
    runtime.log("ttyd", "first");
    runtime.onAction = (id, action) => {
      const running = { id: "running", pid: 9, sinceMs: 1, readyMs: 2, readyBy: "tcp" } as const;
      if (action === "restart") runtime.play([process(2000, id, running, { restarts: 1 })]);
    };
    await runtime.listen();
    await until(connected("live"));
    await connector.client?.act("ttyd", "restart");
    await until((now) => now.state?.processes.some(({ restarts }) => restarts === 1) ?? false);

    const reading = new AbortController();
    const lines: string[] = [];
    const following = connector.client?.followLog("ttyd", {
      signal: reading.signal,
      onLine: ({ line }) => {
        lines.push(line);
        if (line === "first") runtime.log("ttyd", "second");
        else reading.abort();
      },
    });
    await following;
    expect(lines).toEqual(["first", "second"]);
  });
});

import { criticalChain } from "@sandboot/runtime/protocol";
import { RuntimeClient } from "@sandboot/runtime/protocol/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { watchForAppearance } from "../../src/host/appearance.ts";
import { Connector } from "../../src/host/connector.ts";
import { socketOf } from "../../src/host/places.ts";
import { readUsage } from "../../src/host/usage.ts";
import { bootTree } from "../../src/model/boot-tree.ts";
import { noticesOf } from "../../src/model/notices.ts";
import { processTree } from "../../src/model/process-tree.ts";
import { inEnglish as t } from "../../src/model/translate.ts";
import { waterfall } from "../../src/model/waterfall.ts";
import type { Snapshot } from "../../src/store/snapshot.ts";
import { Store } from "../../src/store/store.ts";
import { Sandbox } from "../support/sandbox.ts";
import { until } from "../support/until.ts";

/** Runs until it is killed, and counts as running when it has said its line. */
const ticker = {
  id: "ticker",
  command: ["sh", "-c", "echo ticking; exec sleep 1000"],
  readiness: { logLine: "ticking" },
};

let sandbox: Sandbox;
let connector: Connector;
let run: Promise<void>;
const store = new Store();
const ending = new AbortController();

/** The panel without its editor, before a real runtime: the tests below are chapters of one boot. */
beforeAll(async () => {
  sandbox = await Sandbox.boot({ hook: "gated", sidecars: [ticker] });
  connector = new Connector({
    store,
    places: () => [sandbox.client.endpoint],
    open: (place) => new RuntimeClient(place),
    onProblem: () => {},
    watch: (places, onNews) => watchForAppearance(places.flatMap(socketOf), onNews),
  });
  run = connector.run(ending.signal);
});
afterAll(async () => {
  ending.abort();
  await run;
  await sandbox?.[Symbol.asyncDispose]();
});

const phaseIs = (id: string, status: string) => (now: Snapshot) =>
  now.state?.phases.some((phase) => phase.id === id && phase.status === status) === true;
const pidOfTicker = ({ state }: Snapshot) => {
  const status = state?.processes.find(({ id }) => id === "ticker")?.status;
  return status?.id === "running" ? status.pid : null;
};

describe("the panel's store and a real runtime", () => {
  it("follow the boot from a hook that runs to the first prompt", async () => {
    await until(store, phaseIs("hook.start:shop", "running"));
    await sandbox.letHookGoOn("on you go");
    await until(store, phaseIs("ready", "done"));
    await until(store, phaseIs("sidecar.ticker", "done"));
    // Nothing more happens by itself. What has been told by now may be on its way.
    const told = await sandbox.client.state();
    const now = await until(store, ({ state }) => state !== null && state.seq >= told.seq);
    const state = now.state ?? expect.unreachable("a phase without a state");
    expect(state).toEqual(told);
    expect(criticalChain(state).slice(-3)).toEqual(["agent.session", "bridge", "ready"]);
    const groups = bootTree(now, { t, nowMs: 0 }).map(({ label }) => label);
    expect(groups.sort()).toEqual(["Agent", "Bridge", "Repository shop", "Sidecars"]);
    expect(waterfall(now, { t, nowMs: 0 })?.rows).toHaveLength(state.phases.length + 1);
    expect(noticesOf(state, t)).toEqual([]);
  });

  it("know what each process is, and what it uses", async () => {
    const { snapshot } = store;
    const lines = processTree(snapshot, t).map(({ label, description }) => [label, description]);
    expect(Object.fromEntries(lines)).toMatchObject({
      agent: expect.stringMatching(/^running · :\d+ · pid \d+ · in session$/),
      ticker: expect.stringMatching(/^running · pid \d+$/),
      bridge: expect.stringMatching(/^lets prompts in · :\d+$/),
    });
    const agent = snapshot.state?.agent?.pid ?? expect.unreachable("an agent without a pid");
    expect((await readUsage(agent))?.residentBytes).toBeGreaterThan(10_000_000);
  });

  it("restart a process, and see it crash and come back", async () => {
    const first = pidOfTicker(store.snapshot);
    await connector.client?.act("ticker", "restart");
    const second = pidOfTicker(
      await until(store, (now) => ![null, first].includes(pidOfTicker(now))),
    );
    process.kill(second ?? expect.unreachable("no pid"), "SIGKILL");
    await until(store, (now) => ![null, first, second].includes(pidOfTicker(now)));
  });

  it("read a log, each line once, and go on with it", async () => {
    const enough = new AbortController();
    const lines: string[] = [];
    await connector.client?.followLog("ticker", {
      signal: enough.signal,
      onLine: async ({ line }) => {
        lines.push(line);
        // What three starts have said; then one more.
        if (lines.length === 3) await connector.client?.act("ticker", "restart");
        if (lines.length === 4) enough.abort();
      },
    });
    expect(lines).toEqual(["ticking", "ticking", "ticking", "ticking"]);
  });

  it("say why something is refused", async () => {
    await expect(connector.client?.act("nobody", "restart")).rejects.toThrow(
      'there is no process "nobody"',
    );
  });

  it("keep what was true at the end when the runtime has ended", async () => {
    await sandbox.client.shutdown("the test is over");
    const { state } = await until(store, ({ connection }) => connection.id === "stale");
    expect(state?.status).toBe("stopped");
    expect(state?.processes.map(({ status }) => status.id)).toEqual(["stopped", "stopped"]);
  });
});

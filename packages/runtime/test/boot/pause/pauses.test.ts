import { once } from "node:events";
import { setImmediate } from "node:timers/promises";
import { expect, it } from "vitest";
import { processClock } from "../../../src/base/clock.ts";
import { timeLimit } from "../../../src/base/timers.ts";
import { GatedBridge } from "../../../src/boot/gated-bridge.ts";
import { ClockWatch } from "../../../src/boot/pause/clock-watch.ts";
import { Pauses, type PausesOptions } from "../../../src/boot/pause/pauses.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { EventBus } from "../../../src/observe/events/bus.ts";
import type { ManagedProcess } from "../../../src/process/supervise/managed-process.ts";
import { scratchFolder } from "../../support/scratch.ts";

/** The pauses of a seed with a process that answers `isLost`. */
async function seed(isLost: () => Promise<boolean>, others: Partial<PausesOptions> = {}) {
  const config = await loadConfig({ cwd: await scratchFolder(), env: {} });
  const bus = new EventBus({ clock: processClock, redact: (value) => value });
  const bridge = new GatedBridge(
    () => config,
    bus,
    {
      id: null,
      title: null,
      upstream: { host: "127.0.0.1", port: config.agent.port },
      access: {},
      onChange: (state) => bus.emit({ type: "bridge.changed", bridge: state }),
    },
    [],
  );
  const pauses = new Pauses({
    ...{ bus, bridge, timeLimit, clock: processClock },
    clocks: new ClockWatch(processClock),
    supervisor: { list: () => [{ id: "agent", isLost } as unknown as ManagedProcess] },
    controlPlane: { settle: async () => 0, reconnect: () => {} },
    writeEvents: async () => {},
    endWarmUps: () => {},
    rest: async () => {},
    sync: async () => true,
    ...others,
  });
  bus.emit({ type: "boot.seeded", seededMs: 0 });
  bridge.main.open();
  return { bus, bridge, pauses };
}

it("a freeze that comes during a thaw follows it, and can be thawed", async () => {
  const asked = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<boolean>();
  const { bus, bridge, pauses } = await seed(() => {
    asked.resolve();
    return answered.promise;
  });
  await pauses.freeze(0);
  const thawed = pauses.thaw();
  await asked.promise;
  const again = pauses.freeze(0);
  answered.resolve(false);
  await Promise.all([thawed, again]);
  expect([bridge.isFrozen, bus.state.bridge?.gate]).toEqual([true, "refusing"]);
  await pauses.thaw();
  expect([bridge.isFrozen, bus.state.bridge?.gate]).toEqual([false, "open"]);
});

it("a thaw ends the wait of a freeze for what runs", async () => {
  const { pauses } = await seed(async () => false, {
    bridge: {
      freeze: async (_, until) => {
        await once(until, "abort");
        return 1;
      },
      thaw: () => {},
    },
  });
  const frozen = pauses.freeze(3_600_000);
  // Only now does it wait.
  await setImmediate();
  expect(await pauses.thaw()).toMatchObject({ lost: [] });
  expect(await frozen).toMatchObject({ frozen: true, unfinished: { prompts: 1 } });
});

it("a freeze that fails leaves a sandbox that works", async () => {
  const failing = [new Error("no room"), null];
  const { bridge, bus, pauses } = await seed(async () => false, {
    rest: async () => {
      const error = failing.shift();
      if (error) throw error;
    },
  });
  await expect(pauses.freeze(0)).rejects.toThrow("no room");
  expect([bridge.isFrozen, bus.state.bridge?.gate]).toEqual([false, "open"]);
  expect(await pauses.freeze(0)).toMatchObject({ frozen: true });
  expect(await pauses.thaw()).toMatchObject({ lost: [] });
});

it.each([
  ["the processes were stopped, and the clock was set back", { monotonic: 60_000, wall: -5_000 }],
  ["a virtual machine was restored", { monotonic: 0, wall: 60_000 }],
])("a thaw knows how long it was frozen when %s", async (_, passed) => {
  let [monotonicMs, wallMs] = [5_000, Date.parse("2026-03-04T05:06:07.000Z")];
  const clock = { nowMs: () => monotonicMs, isoNow: () => new Date(wallMs).toISOString() };
  const { pauses } = await seed(async () => false, { clock, clocks: new ClockWatch(clock) });
  await pauses.freeze(0);
  monotonicMs += passed.monotonic;
  wallMs += passed.wall;
  expect(await pauses.thaw()).toEqual({ gapMs: 60_000, lost: [] });
});

it("a freeze that waits when the sandbox ends says so", async () => {
  const { bus, pauses } = await seed(async () => false, {
    bridge: {
      freeze: async () => {
        bus.emit({ type: "shutdown.started", reason: "SIGTERM" });
        return 0;
      },
      thaw: () => {},
    },
  });
  expect(await pauses.freeze(3_600_000)).toEqual({ frozen: false, status: "stopping" });
  expect(bus.state.frozen).toBeNull();
});

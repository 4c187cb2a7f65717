import { expect, it } from "vitest";
import { processClock } from "../../../src/base/clock.ts";
import { timeLimit } from "../../../src/base/timers.ts";
import { GatedBridge } from "../../../src/boot/gated-bridge.ts";
import { ClockWatch } from "../../../src/boot/pause/clock-watch.ts";
import { Pauses } from "../../../src/boot/pause/pauses.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { EventBus } from "../../../src/observe/events/bus.ts";
import type { ManagedProcess } from "../../../src/process/supervise/managed-process.ts";
import { scratchFolder } from "../../support/scratch.ts";

it("a freeze that comes during a thaw follows it, and can be thawed", async () => {
  const config = await loadConfig({ cwd: await scratchFolder(), env: {} });
  const bus = new EventBus({ clock: processClock, redact: (value) => value });
  const bridge = new GatedBridge(() => config, bus, { access: {} });
  const asked = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<boolean>();
  const isLost = () => {
    asked.resolve();
    return answered.promise;
  };
  const pauses = new Pauses({
    ...{ bus, bridge, timeLimit, clock: processClock },
    clocks: new ClockWatch(processClock),
    supervisor: { list: () => [{ id: "agent", isLost } as unknown as ManagedProcess] },
    controlPlane: { settle: async () => 0, reconnect: () => {} },
    writeEvents: async () => {},
    rest: async () => {},
    sync: async () => true,
  });
  bus.emit({ type: "boot.seeded", seededMs: 0 });
  bridge.open();
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

import type { StagePool } from "@sandboot/stager";
import { Cleanup } from "../base/cleanup.ts";
import type { Clock } from "../base/clock.ts";
import { createRedactor } from "../base/redact.ts";
import { processTimers } from "../base/timers.ts";
import type { Config } from "../config/config.ts";
import { EventBus } from "../observe/events/bus.ts";
import { NO_GRACE } from "../process/grace.ts";
import { Supervisor } from "../process/supervise/supervisor.ts";
import { composeBoot } from "./compose.ts";
import { Door } from "./door.ts";
import { makePlan, type Plan } from "./graph/plan.ts";
import type { PhaseOutputs } from "./phases/outputs.ts";
import { bootPhases } from "./phases/table.ts";
import { stateFolderAt } from "./state-dir.ts";

/**
 * The plan that a boot with this config would follow: the same parts, put together in the same way, with phases of the
 * same table. Nothing is started, opened or written.
 */
export function planBoot(config: Config): Plan<PhaseOutputs> {
  const redactor = createRedactor({});
  const bus = new EventBus({ clock, redact: redactor.redact });
  const boot = composeBoot({
    config,
    clock,
    bus,
    pool,
    grace: NO_GRACE,
    supervisor: new Supervisor({
      clock,
      redactor,
      timers: processTimers,
      random: Math.random,
      ...NO_GRACE,
      emit: (event) => bus.emit(event),
    }),
    door: new Door(config, bus),
    folder: stateFolderAt(config.stateDir),
    trace: null,
    // Of nothing, as nothing is started.
    cleanup: new Cleanup(),
  });
  return makePlan(bootPhases(boot));
}

/** Nothing happens in a boot that is only looked at. */
const clock: Clock = { nowMs: () => 0, isoNow: () => new Date(0).toISOString() };

/** A real pool starts a thread when it is made. Only a phase that runs asks for one, and none does. */
const pool = {
  run: () => Promise.reject(new Error("a plan that is only looked at runs nothing")),
} as unknown as StagePool;

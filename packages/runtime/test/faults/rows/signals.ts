import { rename } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { interrupted, type Row, ready, startSh } from "../row.ts";
import type { World } from "../world.ts";

const inHook = async ({ run }: World, ...signals: NodeJS.Signals[]) => {
  await run.until("phase.output", ({ line }) => line === "begun");
  for (const name of signals) run.signal(name);
};
const patient = startSh("echo begun", "exec sleep 1000");
/** Ends at nothing less than SIGKILL. */
const stubborn = startSh("trap '' TERM", "echo begun", "while :; do sleep 1; done");

/** Signals at bad moments, and runtimes that were killed. */
export const signalRows: readonly Row[] = [
  {
    fault: "SIGTERM while a hook runs",
    files: patient,
    during: (world) => inHook(world, "SIGTERM"),
    end: interrupted(143),
  },
  {
    fault: "SIGINT while a hook runs",
    isLong: true,
    files: patient,
    during: (world) => inHook(world, "SIGINT"),
    end: interrupted(130),
  },
  {
    fault: "SIGHUP while a hook runs",
    isLong: true,
    files: patient,
    during: (world) => inHook(world, "SIGHUP"),
    end: interrupted(129),
  },
  {
    fault: "a second request to shut down, which cuts the grace period short",
    files: stubborn,
    config: () => ({ shutdown: { graceSeconds: 600 } }),
    during: async (world) => {
      await inHook(world);
      for (const _ of ["first", "second"]) await world.api("/v1/shutdown", { method: "POST" });
    },
    end: interrupted(143),
  },
  {
    fault: "SIGTERM before the first phase",
    during: async ({ run }) => {
      await run.until("boot.started");
      run.signal("SIGTERM");
    },
    end: interrupted(143),
  },
  {
    fault: "a grace period with a fraction of a millisecond",
    config: () => ({ shutdown: { graceSeconds: 0.2513 } }),
    agentFault: "ignores-sigterm",
    end: ready(),
  },
  {
    fault: "a runtime that was killed, whose socket and agent are still there",
    isLong: true,
    whenReady: async (world) => {
      const first = world.run;
      first.signal("SIGKILL");
      await first.ended();
      const again = await world.boot();
      await again.until("boot.ready");
      expect((await world.ask("/works")).status).toBe(200);
    },
    end: ready("leftovers-ended"),
  },
  {
    fault:
      "a runtime that was killed, whose agent and whose hook's daemon without environment live",
    isLong: true,
    files: startSh("env -i setsid sleep 1000 >/dev/null 2>&1 &"),
    whenReady: async (world) => {
      world.run.signal("SIGKILL");
      await world.run.ended();
      const again = await world.boot();
      await again.until("boot.ready");
    },
    end: ready("leftovers-ended"),
  },
  {
    fault: "a runtime that was killed, and had another state folder for the same workspace",
    files: startSh("env -i setsid sleep 1000 >/dev/null 2>&1 &"),
    whenReady: async (world) => {
      world.run.signal("SIGKILL");
      await world.run.ended();
      await rename(world.state, join(world.folder, "state-before"));
      const again = await world.boot();
      await again.until("boot.ready");
    },
    end: ready("leftovers-ended"),
  },
  {
    fault: "a second runtime on the same state folder",
    isLong: true,
    whenReady: async (world) => {
      const first = world.run;
      const second = await world.boot();
      const { exitCode, stderr } = await second.ended();
      expect({ exitCode, stderr }).toMatchObject({ exitCode: 1 });
      expect(stderr).toContain(String(first.pid));
      world.returnTo(first);
    },
    end: ready(),
  },
];

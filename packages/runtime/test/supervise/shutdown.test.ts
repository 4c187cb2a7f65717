import { describe, expect, it } from "vitest";
import { processesWith } from "../../../../test/support/process-table.ts";
import { Sandbox } from "../support/sandbox.ts";

/** A sandbox with a sidecar that does not care for TERM, and more grace than any test has. */
async function stubborn() {
  const sandbox = await Sandbox.create({
    config: {
      shutdown: { graceSeconds: 1000 },
      sidecars: [
        {
          id: "stubborn",
          command: ["bash", "-c", "trap '' TERM; (while :; do sleep 1; done) & echo up; wait"],
          readiness: { logLine: "^up$" },
        },
      ],
    },
  });
  const boot = await sandbox.boot();
  await boot.until("boot.ready");
  await boot.until("phase.ended", ({ id }) => id === "sidecar.stubborn");
  return { boot, left: () => processesWith(`HOME=${sandbox.home}`) };
}

describe("signals", () => {
  it("a second one ends every grace period, and the end is in good order", async () => {
    const { boot, left } = await stubborn();
    boot.signal("SIGTERM");
    await boot.until(
      "process.changed",
      ({ process }) => process.id === "stubborn" && process.status.id === "stopping",
    );
    boot.signal("SIGTERM");
    expect((await boot.ended()).exitCode).toBe(0);
    expect(boot.events.at(-1)).toMatchObject({ type: "shutdown.ended", exitCode: 0 });
    expect(left()).toEqual([]);
  });

  it("a third one kills all there is, and awaits nothing", async () => {
    const { boot, left } = await stubborn();
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) boot.signal(signal);
    expect((await boot.ended()).exitCode).toBe(137);
    // It does not wait for ever for those it has killed.
    await expect.poll(left).toEqual([]);
  });
});

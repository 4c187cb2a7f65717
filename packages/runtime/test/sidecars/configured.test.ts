import { createServer } from "node:http";
import { describe, expect, it } from "vitest";
import { Sandbox } from "../support/sandbox.ts";
import { serve } from "../support/serve.ts";

const bash = (script: string) => ["bash", "-c", script];

describe("C9: sidecars of the config", () => {
  it("C9: a required sidecar that fails ends the boot, and its output is shown", async () => {
    const sandbox = await Sandbox.create({
      agentKind: "fixture",
      config: {
        sidecars: [
          {
            id: "db",
            command: bash("echo the disk is full >&2; exit 6"),
            readiness: { logLine: "up" },
            optional: false,
          },
        ],
      },
    });
    const boot = await sandbox.boot();
    const { exitCode, stderr } = await boot.ended();
    expect(exitCode).toBe(1);
    expect(stderr).toContain("db ended with exit code 6 before it was ready");
    expect(stderr).toContain("the disk is full");
    expect((await boot.report()).fatal).toMatchObject({
      phase: "sidecar.db",
      failure: { code: "process-exited" },
    });
  });

  it("C9: optional sidecars that fail are warnings: a port in use names its holder, a crash loop is given up", async () => {
    const port = await serve(createServer());
    const restart = { when: "always", max: 2, backoffSeconds: 0.01 };
    const sandbox = await Sandbox.create({
      agentKind: "fixture",
      config: {
        sidecars: [
          { id: "taken", command: bash("exec sleep 1000"), port },
          { id: "looping", command: bash("exit 1"), readiness: { logLine: "up" }, restart },
          { id: "fine", command: bash("exec sleep 1000") },
        ],
      },
    });
    const boot = await sandbox.boot();
    await boot.until("boot.ready");
    const { process: looping } = await boot.until(
      "process.changed",
      ({ process }) => process.id === "looping" && process.status.id === "failed",
    );
    expect(looping).toMatchObject({
      restarts: 2,
      status: { reason: "restarted 2 times within 60 s, and ended with exit code 1 again" },
    });
    // The boot does not wait for optional phases.
    for (const id of ["sidecar.taken", "sidecar.fine", "sidecar.looping"])
      await boot.until("phase.ended", (phase) => phase.id === id);
    boot.signal("SIGTERM");
    expect((await boot.ended()).exitCode).toBe(0);
    const phases = new Map((await boot.report()).phases.map((phase) => [phase.id, phase]));
    expect(phases.get("sidecar.fine")).toMatchObject({ status: "done" });
    expect(phases.get("sidecar.looping")).toMatchObject({ status: "warned" });
    expect(phases.get("sidecar.taken")).toMatchObject({
      status: "warned",
      failure: {
        code: "port-in-use",
        message: expect.stringMatching(
          new RegExp(`^port ${port} \\(sidecars.taken.port\\) is in use by .*pid ${process.pid}`),
        ),
      },
    });
  });
});

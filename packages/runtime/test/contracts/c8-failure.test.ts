import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { withEnoughTime } from "../support/enough-time.ts";
import { Sandbox } from "../support/sandbox.ts";
import { serve } from "../support/serve.ts";

/** A start.sh that starts a service, prints a line, and goes on with `rest`. */
const startSh = (rest: string) => ({
  ".openinspect/start.sh": {
    text: `#!/bin/bash\nsleep 1000 &\necho "the service is up"\n${rest}\n`,
    mode: 0o755,
  },
});

describe("C8: failure, signal or timeout: everything is ended, and the fatal report names what happened", () => {
  it("C8: a start.sh that fails: exit code, one message with path, code and last lines, no process left", async () => {
    const sandbox = await Sandbox.create({
      agentKind: "fixture",
      files: startSh(
        'for i in $(seq 30); do echo "line $i"; done; echo "database is down" >&2; exit 7',
      ),
    });
    const boot = await sandbox.boot();
    const { exitCode, stderr } = await boot.ended();

    expect(exitCode).toBe(1);
    const script = join(sandbox.repository, ".openinspect/start.sh");
    expect(stderr).toContain(`${script} ended with exit code 7`);
    expect(stderr).toContain("database is down");
    expect(stderr).toContain("line 30");
    expect(stderr.split(script)).toHaveLength(2);

    const report = await boot.report();
    expect(report).toMatchObject({
      outcome: "failed",
      readyMs: null,
      fatal: { phase: "hook.start:demo", failure: { code: "hook-failed" } },
    });
    expect(report.fatal?.readyByThen).toContain("workspace.sync:demo");
    const statuses = Object.fromEntries(report.phases.map(({ id, status }) => [id, status]));
    expect(statuses).toMatchObject({
      "hook.start:demo": "failed",
      "agent.session": "skipped",
      bridge: "skipped",
    });
    expect(sandbox.left()).toEqual([]);
  });

  it("C8: a start.sh that hangs is ended at its timeout, with all that it started", async () => {
    const sandbox = await withEnoughTime(async (startSeconds) => {
      const sandbox = await Sandbox.create({
        agentKind: "fixture",
        files: startSh("sleep 1000"),
        hooks: { startSeconds },
      });
      const { exitCode, stderr } = await (await sandbox.boot()).ended();
      expect(exitCode).toBe(1);
      expect(stderr).toContain(`did not end within ${startSeconds} s`);
      return stderr.includes("the service is up") ? sandbox : null;
    });
    expect(sandbox.left()).toEqual([]);
  });

  it("C8: a signal during the boot cancels every phase and leaves no process", async () => {
    const sandbox = await Sandbox.create({ files: startSh("sleep 1000") });
    const boot = await sandbox.boot();
    await boot.until("phase.output", ({ line }) => line === "the service is up");
    await boot.until("phase.started", ({ id }) => id === "agent.listening");
    expect(sandbox.left().length).toBeGreaterThan(2);
    boot.signal("SIGINT");
    expect((await boot.ended()).exitCode).toBe(130);
    expect(sandbox.left()).toEqual([]);
    const report = await boot.report();
    expect(report.outcome).toBe("cancelled");
    expect(report.phases.find(({ id }) => id === "hook.start:demo")?.status).toBe("cancelled");
  });

  it("C8: Ctrl-C after ready ends every process in the reverse order of starting, and leaves none", async () => {
    const sandbox = await Sandbox.create({
      files: startSh(""),
      config: {
        sidecars: [
          { id: "first", command: ["sleep", "1000"] },
          { id: "second", command: ["sleep", "1000"], readiness: { file: "/" } },
        ],
      },
    });
    const boot = await sandbox.boot();
    await boot.until("boot.ready");
    for (const sidecar of ["sidecar.first", "sidecar.second"])
      await boot.until("phase.ended", ({ id }) => id === sidecar);
    // The service that start.sh left behind still runs, as it should.
    expect(sandbox.left().map(({ command }) => command)).toContain("sleep 1000");
    boot.signal("SIGINT");
    expect((await boot.ended()).exitCode).toBe(0);
    expect(sandbox.left()).toEqual([]);

    const changes = boot.events.filter((event) => event.type === "process.changed");
    const idsOf = (status: string) =>
      changes
        .filter(({ process }) => process.status.id === status)
        .map(({ process }) => process.id);
    expect(idsOf("starting").toSorted()).toEqual(["agent", "first", "second"]);
    expect(idsOf("stopped")).toEqual(idsOf("starting").toReversed());
  });

  it("C8: a port in use fails the boot, and the process that holds it is named", async () => {
    const sandbox = await Sandbox.create();
    await serve(createServer(), sandbox.agentPort);
    const boot = await sandbox.boot();
    const { exitCode, stderr } = await boot.ended();
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`port ${sandbox.agentPort} (agent.port) is in use by`);
    expect(stderr).toContain(`pid ${process.pid}`);
    expect(sandbox.left()).toEqual([]);
  });

  it("C8: so does the bridge's port, before anything is started", async () => {
    const sandbox = await Sandbox.create();
    await serve(createServer(), sandbox.bridgePort);
    const boot = await sandbox.boot();
    const { exitCode, stderr } = await boot.ended();
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`port ${sandbox.bridgePort} (bridge.port) is in use by`);
    expect(boot.position("phase.started", ({ id }) => id === "agent.spawn")).toBe(-1);
  });

  it("a bad config fails with the key, before anything is started", async () => {
    const sandbox = await Sandbox.create({ config: { hooks: { startSeconds: "soon" } } });
    const boot = await sandbox.boot();
    const { exitCode, stderr } = await boot.ended();
    expect(exitCode).toBe(2);
    expect(stderr).toContain('hooks.startSeconds: expected a number, found a string ("soon")');
    await expect(readFile(join(sandbox.folder, "report.json"))).rejects.toThrow("ENOENT");
  });
});

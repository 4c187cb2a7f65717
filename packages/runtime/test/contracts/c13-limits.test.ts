import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { withEnoughTime } from "../support/enough-time.ts";
import { Sandbox } from "../support/sandbox.ts";

const faulty = {
  NODE_OPTIONS: `--import ${join(import.meta.dirname, "../fixtures/throw-at-signal.mjs")}`,
};

describe("C13: whatever we wait for has a limit, and is named meanwhile", () => {
  it("C13: an agent that never answers when it is to open the workspace fails the boot", async () => {
    const { boot, sandbox } = await withEnoughTime(async (readySeconds) => {
      const sandbox = await Sandbox.create({
        agentKind: "fixture",
        agent: { readySeconds, restart: "never", warmUp: { method: "POST", path: "/hold" } },
      });
      const boot = await sandbox.boot();
      const { exitCode, stderr } = await boot.ended();
      expect(exitCode).toBe(1);
      const url = `http://127.0.0.1:${sandbox.agentPort}/hold`;
      return stderr.includes(`the agent did not answer POST ${url} within ${readySeconds} s`)
        ? { boot, sandbox }
        : null;
    });
    expect(sandbox.left()).toEqual([]);
    const { fatal } = await boot.report();
    expect(fatal).toMatchObject({ phase: "agent.session", failure: { code: "agent-session" } });
    const { detail } = await boot.until(
      "phase.detail",
      ({ id, detail }) => id === "agent.session" && "waitingFor" in detail,
    );
    expect(detail["waitingFor"]).toContain(`to open ${sandbox.repository}`);
  });

  it("C13: a phase that has ended waits for nothing", async () => {
    const sandbox = await Sandbox.create({
      agentKind: "fixture",
      files: { ".openinspect/start.sh": { text: "#!/bin/bash\ntrue\n", mode: 0o755 } },
    });
    const boot = await sandbox.boot({ args: ["--until", "ready"] });
    expect((await boot.ended()).exitCode).toBe(0);
    const waited = boot.events.flatMap((event) =>
      event.type === "phase.detail" && "waitingFor" in event.detail ? [event.id] : [],
    );
    expect(waited).toEqual(
      expect.arrayContaining(["workspace.sync:demo", "hook.start:demo", "agent.listening"]),
    );
    for (const { detail } of (await boot.report()).phases) {
      expect(detail).not.toHaveProperty("waitingFor");
    }
  });
});

describe("C8: an error that nothing catches ends the process, with a report, and everything that it started", () => {
  const hook = (text: string) => ({ ".openinspect/start.sh": { text, mode: 0o755 } });

  it("during the boot", async () => {
    const sandbox = await Sandbox.create({
      agentKind: "fixture",
      files: hook("#!/bin/bash\nsleep 1000 &\necho up\nwait\n"),
    });
    const boot = await sandbox.boot({ env: faulty });
    await boot.until("phase.output", ({ line }) => line === "up");
    boot.signal("SIGUSR2");
    const { exitCode, stderr } = await boot.ended();
    expect(exitCode).toBe(70);
    expect(stderr).toContain("Error: planted");
    expect(sandbox.left()).toEqual([]);
    const { outcome, fatal } = await boot.report();
    expect(outcome).toBe("failed");
    expect(fatal).toMatchObject({ phase: "runtime", failure: { code: "internal-error" } });
  });

  it("after it", async () => {
    const sandbox = await Sandbox.create({ agentKind: "fixture" });
    const boot = await sandbox.boot({ env: faulty });
    await boot.until("boot.ready");
    boot.signal("SIGUSR2");
    const { exitCode, stderr } = await boot.ended();
    expect(exitCode).toBe(70);
    expect(stderr).toContain("Error: planted");
    expect(sandbox.left()).toEqual([]);
    expect(await boot.report()).toMatchObject({
      outcome: "failed",
      fatal: { phase: "runtime", failure: { code: "internal-error" } },
    });
  });
});

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Gate } from "../support/gate.ts";
import { AS_PID_1, canBePid1, PidNamespace } from "../support/pid-namespace.ts";
import { Sandbox } from "../support/sandbox.ts";

/** A hook that leaves an orphaned daemon, which ends when the gate opens. */
const startSh = (gate: Gate) => `#!/bin/bash
( setsid bash -c 'echo $$ > "$HOME/daemon"; ${gate.wait}' < /dev/null &> /dev/null & )
while [ ! -s "$HOME/daemon" ]; do sleep 0.02; done
if [ -e "$HOME/hold" ]; then sleep 1000; fi
`;

/** Makes a sandbox whose hook leaves an orphan, and boots it below `init`. */
async function containerised(init: readonly string[]) {
  const gate = await Gate.create();
  const sandbox = await Sandbox.create({
    agentKind: "fixture",
    files: { ".openinspect/start.sh": { text: startSh(gate), mode: 0o755 } },
  });
  return {
    hold: () => writeFile(join(sandbox.home, "hold"), ""),
    boot: () => sandbox.boot({ under: [...AS_PID_1, ...init] }),
    /** The orphan's pid in its namespace. */
    daemon: async () => Number(await readFile(join(sandbox.home, "daemon"), "utf8")),
    endDaemon: () => gate.open(),
  };
}

const TINI = ["tini", "--"];

describe.skipIf(!canBePid1())("in a container (skipped where unshare is not allowed)", () => {
  describe("tini is PID 1", () => {
    it("reaps the orphans of hooks, forwards SIGTERM, and returns the exit code", async () => {
      const container = await containerised(TINI);
      const boot = await container.boot();
      await boot.until("boot.ready");
      const namespace = PidNamespace.madeBy(boot.pid);
      expect(namespace.init().command).toMatch(/^tini /);
      const daemon = await container.daemon();
      expect(namespace.member(daemon)).toMatchObject({ zombie: false });

      await container.endDaemon();
      await expect.poll(() => namespace.member(daemon)).toBeUndefined();
      expect(namespace.members().filter(({ zombie }) => zombie)).toEqual([]);
      expect(boot.events.filter(({ type }) => type === "runtime.warning")).toEqual([]);

      process.kill(namespace.init().pid, "SIGTERM");
      expect(await boot.ended()).toEqual({ exitCode: 0, stderr: "" });
      const agentStopped = boot.position(
        "process.changed",
        ({ process: { kind, status } }) => kind === "agent" && status.id === "stopped",
      );
      expect(agentStopped).toBeGreaterThan(boot.position("shutdown.started"));
      expect(boot.events.at(-1)).toMatchObject({ type: "shutdown.ended", exitCode: 0 });
      expect(namespace.members()).toEqual([]);
    });

    it("SIGTERM before ready ends everything orderly, with exit code 143", async () => {
      const container = await containerised(TINI);
      await container.hold();
      const boot = await container.boot();
      await boot.until("phase.started", ({ id }) => id === "hook.start:demo");
      const namespace = PidNamespace.madeBy(boot.pid);
      process.kill(namespace.init().pid, "SIGTERM");
      expect((await boot.ended()).exitCode).toBe(143);
      expect(boot.events.at(-1)).toMatchObject({ type: "shutdown.ended", exitCode: 143 });
      expect(namespace.members()).toEqual([]);
    });

    it("when sandboot is killed, the container ends with everything in it", async () => {
      const container = await containerised(TINI);
      const boot = await container.boot();
      await boot.until("boot.ready");
      const namespace = PidNamespace.madeBy(boot.pid);
      const others = namespace.members().filter(({ pidInside }) => pidInside !== 1);
      const runtime = others.find(({ command }) => command.includes("boot --config"));
      expect(others.length).toBeGreaterThan(2);

      process.kill(runtime?.pid ?? Number.NaN, "SIGKILL");
      expect((await boot.ended()).exitCode).toBe(137);
      expect(namespace.members()).toEqual([]);
    });
  });

  describe("sandboot itself is PID 1", () => {
    it("works, with a warning: orphans stay as zombies", async () => {
      const container = await containerised([]);
      const boot = await container.boot();
      await boot.until("boot.ready");
      const namespace = PidNamespace.madeBy(boot.pid);
      expect(namespace.init().command).toContain("boot --config");
      expect(boot.events.filter(({ type }) => type === "runtime.warning")).toMatchObject([
        { source: "pid-1", message: expect.stringContaining('ENTRYPOINT ["tini"') },
      ]);

      await container.endDaemon();
      const daemon = await container.daemon();
      await expect.poll(() => namespace.member(daemon)).toMatchObject({ zombie: true });

      process.kill(namespace.init().pid, "SIGTERM");
      expect(await boot.ended()).toEqual({ exitCode: 0, stderr: "" });
      expect(boot.events.at(-1)).toMatchObject({ type: "shutdown.ended", exitCode: 0 });
      expect(namespace.members()).toEqual([]);
    });
  });
});

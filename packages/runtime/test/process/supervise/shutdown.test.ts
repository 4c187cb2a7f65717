import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Sandbox } from "../../support/sandbox.ts";

/** Boots a sandbox with a sidecar that ignores SIGTERM, and with a grace period that is longer than any test. */
async function stubborn() {
  const sandbox = await Sandbox.create({
    agentKind: "fixture",
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
  return { boot, sandbox };
}

/** Prints `told` at SIGTERM, and goes on. */
const STUBBORN_SH = "#!/bin/bash\ntrap 'echo told' TERM\necho up\nwhile :; do sleep 0.05; done\n";

/** Boots until a hook, or a filter of git, runs that ignores SIGTERM. */
async function stubbornAt(where: "hook" | "git") {
  const sandbox = await Sandbox.create({
    agentKind: "fixture",
    files: where === "hook" ? { ".openinspect/start.sh": STUBBORN_SH } : {},
    config: { shutdown: { graceSeconds: 1000 } },
  });
  if (where === "git") {
    // git itself ends at SIGTERM, but the filter of the user's configuration that it starts does not.
    await sandbox.origin.commit("main", {
      ".gitattributes": "new.txt filter=stubborn\n",
      "new.txt": "new\n",
    });
    const filter = join(sandbox.folder, "filter.sh");
    await writeFile(filter, STUBBORN_SH);
    await chmod(filter, 0o755);
    const config = `[filter "stubborn"]\n\tsmudge = ${filter} 1>&2\n`;
    await writeFile(join(sandbox.home, ".gitconfig"), config);
  }
  const boot = await sandbox.boot();
  const said = (word: string) => boot.until("phase.output", ({ line }) => line === word);
  await said("up");
  return { boot, said, sandbox };
}

describe("signals", () => {
  it("a second one ends every grace period, and the shutdown is still orderly", async () => {
    const { boot, sandbox } = await stubborn();
    boot.signal("SIGTERM");
    await boot.until(
      "process.changed",
      ({ process }) => process.id === "stubborn" && process.status.id === "stopping",
    );
    boot.signal("SIGTERM");
    expect((await boot.ended()).exitCode).toBe(0);
    expect(boot.events.at(-1)).toMatchObject({ type: "shutdown.ended", exitCode: 0 });
    expect(sandbox.left()).toEqual([]);
  });

  it.each([
    ["hook", "hook.start:demo"],
    ["git", "workspace.sync:demo"],
  ] as const)(
    "a second one also ends the grace period of a %s that ignores SIGTERM",
    async (where, phase) => {
      const { boot, said, sandbox } = await stubbornAt(where);
      boot.signal("SIGTERM");
      await said("told");
      expect(boot.position("phase.ended", ({ id }) => id === phase)).toBe(-1);
      boot.signal("SIGTERM");
      expect((await boot.ended()).exitCode).toBe(143);
      const ended = boot.position("phase.ended", ({ id }) => id === phase);
      expect(boot.events[ended]).toMatchObject({ status: "cancelled" });
      expect(boot.events.at(-1)).toMatchObject({ type: "shutdown.ended", exitCode: 143 });
      expect(sandbox.left()).toEqual([]);
    },
  );

  it("a third one kills everything and waits for nothing", async () => {
    const { boot, sandbox } = await stubborn();
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) boot.signal(signal);
    expect((await boot.ended()).exitCode).toBe(137);
    // The runtime does not wait until the processes that it killed have ended.
    await expect.poll(() => sandbox.left()).toEqual([]);
  });
});

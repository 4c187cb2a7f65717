import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { processClock } from "../../src/base/clock.ts";
import { NO_GRACE } from "../../src/process/grace.ts";
import { ProcessLog } from "../../src/process/process-log.ts";
import { spawnProcess } from "../../src/process/spawn.ts";
import { bareEnv } from "../support/bare-env.ts";
import { Gate } from "../support/gate.ts";
import { writeFiles } from "../support/git.ts";
import { scratchFolder } from "../support/scratch.ts";

const program = join(import.meta.dirname, "../fixtures/low-then-normal.ts");

async function run(...wrapper: string[]) {
  const folder = await scratchFolder();
  const command = [...wrapper, process.execPath, "--no-warnings", program, folder];
  const { stdout } = await execa(command[0] ?? "", command.slice(1));
  return JSON.parse(stdout) as { low: object; children: number; stillLow: number[] };
}

// Which means are used depends on the kernel and on our capabilities.
const autogroup = existsSync("/proc/self/autogroup");

describe.runIf(process.getuid?.() === 0 && availableParallelism() > 1)(
  "low priority, for a process and all that it starts",
  () => {
    it("by niceness, where we may undo it", async () => {
      const { low, children, stillLow } = await run();
      expect(low).toEqual({ affinity: false, autogroup, nice: true });
      expect(children).toBeGreaterThan(100);
      expect(stillLow).toEqual([]);
    });

    it("by one CPU, where we may not undo niceness: a container has no CAP_SYS_NICE", async () => {
      const { low, children, stillLow } = await run("setpriv", "--bounding-set", "-sys_nice");
      expect(low).toEqual({ affinity: true, autogroup, nice: false });
      expect(children).toBeGreaterThan(100);
      expect(stillLow).toEqual([]);
    });
  },
);

describe("the programs that lower the priority", () => {
  it("have ended when terminate() resolves", async () => {
    const folder = await scratchFolder();
    const gate = await Gate.create();
    const script = `#!/bin/sh\n${gate.wait}; touch ${folder}/done\n`;
    await writeFiles(folder, { "bin/ionice": { text: script, mode: 0o755 } });
    vi.stubEnv("PATH", `${join(folder, "bin")}:${process.env["PATH"]}`);
    onTestFinished(() => void vi.unstubAllEnvs());
    const log = new ProcessLog({ clock: processClock });
    const program = {
      command: "sleep",
      args: ["1000"],
      cwd: "/",
      env: bareEnv(),
    };
    const child = spawnProcess({ ...program, log, niceness: 10 });
    let over = false;
    const terminated = child.terminate(NO_GRACE).finally(() => {
      over = true;
    });
    // Ending two other processes takes longer than `terminate` would take without the wait.
    for (const _ of [1, 2]) await spawnProcess({ ...program, log }).terminate(NO_GRACE);
    expect(over).toBe(false);
    await gate.open();
    await terminated;
    expect(existsSync(join(folder, "done"))).toBe(true);
  });
});

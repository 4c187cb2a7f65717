import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { scratchFolder } from "../support/scratch.ts";

const program = join(import.meta.dirname, "../fixtures/low-then-normal.ts");

async function run(...wrapper: string[]) {
  const folder = await scratchFolder();
  const command = [...wrapper, process.execPath, "--no-warnings", program, folder];
  const { stdout } = await execa(command[0] ?? "", command.slice(1));
  return JSON.parse(stdout) as { low: object; children: number; stillLow: number[] };
}

// The means depend on what the kernel has and on what we may do.
const autogroup = existsSync("/proc/self/autogroup");

describe.runIf(process.getuid?.() === 0 && availableParallelism() > 1)(
  "low priority, for a process and all it starts",
  () => {
    it("by niceness, where that can be taken back", async () => {
      const { low, children, stillLow } = await run();
      expect(low).toEqual({ affinity: false, autogroup, nice: true });
      expect(children).toBeGreaterThan(100);
      expect(stillLow).toEqual([]);
    });

    it("by one CPU, where niceness could not be taken back: a container has no CAP_SYS_NICE", async () => {
      const { low, children, stillLow } = await run("setpriv", "--bounding-set", "-sys_nice");
      expect(low).toEqual({ affinity: true, autogroup, nice: false });
      expect(children).toBeGreaterThan(100);
      expect(stillLow).toEqual([]);
    });
  },
);

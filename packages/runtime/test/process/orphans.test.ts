import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it, onTestFinished } from "vitest";
import { deadRuntimesIn } from "../../src/process/orphans.ts";
import { lockLimit, markByLimit, workspaceNumber } from "../../src/process/process-mark.ts";
import { scratchFolder } from "../support/scratch.ts";

/** A process as a runtime starts it. Resolves when it runs. */
async function startedBy(pid: number, workspace: string, under: readonly string[] = []) {
  const limit = limitOf(pid, workspace);
  const command = [...under, "prlimit", `--locks=${limit}:${limit}`, "--", "sh", "-c", WAITS];
  await started(command);
}

/** A runtime, as far as its limit goes. */
async function runtimeIn(workspace: string): Promise<number> {
  const pid = await started(["sh", "-c", WAITS]);
  const limit = limitOf(pid, workspace);
  await once(spawn("prlimit", [`--pid=${pid}`, `--locks=${limit}:${limit}`]), "exit");
  return pid;
}

const WAITS = "echo up; read wait";

const limitOf = (pid: number, workspace: string) =>
  lockLimit(markByLimit({ pid, workspace: workspaceNumber(workspace) })).limit;

async function started([program = "", ...args]: readonly string[]): Promise<number> {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
  onTestFinished(async () => {
    child.stdin.end();
    if (child.exitCode === null) await once(child, "exit");
  });
  await once(child.stdout, "data");
  return child.pid ?? 0;
}

/** No process has it: Linux gives pids up to 2^22 - 1. */
const DEAD = 2 ** 22 - 1;

describe("dead runtimes whose processes live", () => {
  it("are found by the workspace, and only there", async () => {
    const [workspace, other] = [await scratchFolder(), await scratchFolder()];
    await startedBy(DEAD, workspace);
    expect(deadRuntimesIn(workspace).map(({ pid }) => pid)).toEqual([DEAD]);
    expect(deadRuntimesIn(other)).toEqual([]);
  });

  it("are not those whose pid another process has now, and not the living", async () => {
    const workspace = await scratchFolder();
    await startedBy(process.ppid, workspace);
    expect(deadRuntimesIn(workspace).map(({ pid }) => pid)).toEqual([process.ppid]);
    const living = await scratchFolder();
    await startedBy(await runtimeIn(living), living);
    expect(deadRuntimesIn(living)).toEqual([]);
  });

  it.runIf(process.getuid?.() === 0).each(["--pid", "--mount"])(
    "are not those of a container (unshare %s)",
    async (kind) => {
      const workspace = await scratchFolder();
      await startedBy(DEAD, workspace, ["unshare", kind, "--fork"]);
      expect(deadRuntimesIn(workspace)).toEqual([]);
    },
  );
});

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isAlive } from "../../../../test/support/process-table.ts";
import { runToEnd } from "../../src/process/run.ts";
import { bareEnv } from "../support/bare-env.ts";
import { withEnoughTime } from "../support/enough-time.ts";
import { scratchFolder } from "../support/scratch.ts";

const never = new AbortController().signal;
const grace = { graceMs: 2_000, hurry: never };
const env = bareEnv();

function bash(
  script: string,
  options: { cwd?: string; timeoutMs?: number; signal?: AbortSignal } = {},
) {
  return runToEnd({
    command: "bash",
    args: ["-c", script],
    cwd: options.cwd ?? "/",
    env,
    timeoutMs: options.timeoutMs ?? 60_000,
    signal: options.signal ?? never,
    grace,
  });
}

describe("runToEnd", () => {
  it("returns the exit code and the last lines of both streams", async () => {
    const result = await bash("echo out; echo err >&2; printf last; exit 3");
    expect(result).toMatchObject({ id: "exited", code: 3 });
    expect(result.tail.map(({ stream, line }) => `${stream} ${line}`).sort()).toEqual([
      "stderr err",
      "stdout last",
      "stdout out",
    ]);
  });

  it("returns the signal that ended the program", async () => {
    expect(await bash("kill -SEGV $$")).toMatchObject({ id: "signalled", signal: "SIGSEGV" });
  });

  it("reports a program that does not exist", async () => {
    const result = await runToEnd({
      command: "no-such-program-anywhere",
      args: [],
      cwd: "/",
      env: {},
      timeoutMs: 1000,
      signal: never,
      grace,
    });
    expect(result).toMatchObject({
      id: "not-started",
      start: { errno: "ENOENT", why: "no-program", command: "no-such-program-anywhere" },
    });
  });

  it("C10: nothing survives the timeout, not even a daemon that left the session and kept the pipe", async () => {
    // The daemon has its own session, ignores SIGTERM, holds our pipes and has a child. The script itself hangs.
    const script = `setsid bash -c 'trap "" TERM; sleep 1000 & echo $$ > daemon; echo $! > child; wait' &
       until [ -s child ]; do sleep 0.02; done; echo started; sleep 1000`;
    const folder = await withEnoughTime(async (seconds) => {
      const cwd = await scratchFolder();
      const result = await bash(script, { cwd, timeoutMs: seconds * 1000 });
      expect(result.id).toBe("timed-out");
      return result.tail.some(({ line }) => line === "started") ? cwd : null;
    });
    for (const name of ["daemon", "child"]) {
      const pid = Number(await readFile(join(folder, name), "utf8"));
      expect(isAlive(pid)).toBe(false);
    }
  });

  it("ends the program and its children when it is aborted", async () => {
    const folder = await scratchFolder();
    const abort = new AbortController();
    const seen: string[] = [];
    const result = await runToEnd({
      command: "bash",
      args: ["-c", "sleep 1000 & echo $! > child; echo ready; wait"],
      cwd: folder,
      env,
      timeoutMs: 60_000,
      signal: abort.signal,
      grace,
      onLine: (_, line) => {
        seen.push(line);
        abort.abort();
      },
    });
    expect(result.id).toBe("aborted");
    expect(seen).toEqual(["ready"]);
    expect(isAlive(Number(await readFile(join(folder, "child"), "utf8")))).toBe(false);
  });

  it("does not wait for a service that a hook leaves behind, and leaves it alive", async () => {
    const folder = await scratchFolder();
    const result = await bash("sleep 1000 & echo $! > service; echo done", { cwd: folder });
    expect(result).toMatchObject({ id: "exited", code: 0 });
    expect(result.tail.map(({ line }) => line)).toEqual(["done"]);
    const pid = Number(await readFile(join(folder, "service"), "utf8"));
    expect(isAlive(pid)).toBe(true);
    process.kill(pid, "SIGKILL");
  });
});

describe("the output of runToEnd", () => {
  it("leaves lines out of a log, but never out of an answer", async () => {
    const seq = (stdout: "sampled" | "whole") => {
      const lines: string[] = [];
      const ran = runToEnd({
        command: "seq",
        args: ["100000"],
        cwd: "/",
        env,
        timeoutMs: 60_000,
        signal: never,
        grace,
        stdout,
        onLine: (_, line) => lines.push(line),
      });
      return ran.then(({ leftOut }) => ({ lines, leftOut }));
    };
    const log = await seq("sampled");
    expect(log.leftOut).toBeGreaterThan(0);
    expect(log.lines.at(-1)).toBe("100000");
    const answer = await seq("whole");
    expect(answer.leftOut).toBe(0);
    expect(answer.lines).toEqual(Array.from({ length: 100_000 }, (_, n) => String(n + 1)));
  });
});

import { describe, expect, it } from "vitest";
import { fatalReport } from "../../../src/platforms/open-inspect/fatal-report.ts";

const session = { sessionId: "a/b", env: { SANDBOX_ID: "sb-1" } };

function report(phase: string, message: string, outputTail?: readonly string[]) {
  const failure = { message, ...(outputTail && { outputTail }) };
  const failed = { phase, failure, seq: null, repository: undefined, bridgeError: null };
  return fatalReport(failed, session);
}

const bodyOf = (made: ReturnType<typeof report>) =>
  made.body as { readonly error: string; readonly phase: string; readonly outputTail?: string[] };

describe("the report of a fatal error to the session", () => {
  it("goes to the session, from the sandbox that it names", () => {
    const { path, headers, body } = report("hook.start:web", "it failed");
    expect(path).toBe("/sessions/a%2Fb/sandbox-error");
    expect(headers).toEqual({ "x-sandbox-id": "sb-1" });
    expect(body).toEqual({
      error: "hook.start:web failed: it failed",
      fatal: true,
      phase: "start",
    });
  });

  it("names the step in which the boot failed, also for a phase that is no step", () => {
    const steps = ["workspace.sync:web", "hook.setup:web", "agent.spawn", "bridge", "stage"];
    expect(steps.map((id) => bodyOf(report(id, "x")).phase)).toEqual([
      ...["sync", "setup", "harness", "harness", "starting"],
    ]);
  });

  it("is never more than the control plane takes: the last lines, and no more than 24 KiB of them", () => {
    const { error, outputTail = [] } = bodyOf(
      report("stage", "e".repeat(9_000), lines(100, "a", 2)),
    );
    expect(error).toHaveLength(1000);
    expect(outputTail).toHaveLength(60);
    expect(outputTail.at(-1)).toBe("99 aa");
    const long = bodyOf(report("stage", "x", lines(20, "b", 4_000))).outputTail ?? [];
    expect(long.map((line) => line.length)).toEqual(Array(8).fill(1024));
    // Six bytes a character as JSON.
    const control = bodyOf(report("stage", "x", lines(8, "\u0001", 1_000))).outputTail ?? [];
    expect(control).toHaveLength(4);
    expect(bodyOf(report("stage", "x", ["", " "]))).not.toHaveProperty("outputTail");
  });
});

function lines(count: number, text: string, times: number): string[] {
  return Array.from({ length: count }, (_, at) => `${at} ${text.repeat(times)}`);
}

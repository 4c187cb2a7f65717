import { describe, expect, it } from "vitest";
import { kindOf, repositoryOf } from "../../../src/protocol/derive/kind.ts";
import { outputOf } from "../../../src/protocol/derive/output.ts";
import {
  durationOf,
  elapsedOf,
  inStartOrder,
  runtimeNowMs,
} from "../../../src/protocol/derive/times.ts";
import { warningsBesideFailure, warningsOf } from "../../../src/protocol/derive/warnings.ts";
import { describeProcess, fillMessage } from "../../../src/protocol/derive/words.ts";
import type { ProcessStatus } from "../../../src/protocol/index.ts";

describe("the kind of a phase", () => {
  it.each([
    ["stage", "files", null],
    ["workspace.assemble", "files", null],
    ["workspace.packages:shop", "files", "shop"],
    ["workspace.sync:shop", "git", "shop"],
    ["hook.start:a.b", "hook", "a.b"],
    ["prefetch", "agent", null],
    ["agent.listening", "agent", null],
    ["sidecar.ttyd", "sidecar", null],
    ["bridge", "bridge", null],
    ["ready", "bridge", null],
    ["build.record", "other", null],
    ["toString", "other", null],
    ["constructor.x", "other", null],
  ])("of %s is %s, its repository %s", (id, kind, repository) => {
    expect([kindOf({ id }), repositoryOf({ id })]).toEqual([kind, repository]);
  });
});

describe("times", () => {
  it("of a phase that runs grow with the clock; its duration is not known yet", () => {
    expect(elapsedOf({ startMs: 100, endMs: null }, 350)).toBe(250);
    expect(elapsedOf({ startMs: 100, endMs: 300 }, 350)).toBe(200);
    expect(elapsedOf({ startMs: null, endMs: 300 }, 350)).toBeNull();
    expect(durationOf({ startMs: 100, endMs: null })).toBeNull();
  });

  it("put phases in the order in which they began, the others last", () => {
    const phases = [null, 20, 10, null, 20].map((startMs, at) => ({ at, startMs }));
    expect(inStartOrder(phases).map(({ at }) => at)).toEqual([2, 1, 4, 0, 3]);
  });

  it("are never before the last event, whatever the wall clock says", () => {
    const startedAt = "2026-01-01T00:00:00.000Z";
    const state = { startedAt, phases: [{ startMs: 10, endMs: 700 }] };
    expect(runtimeNowMs(state, Date.parse(startedAt) + 900)).toBe(900);
    expect(runtimeNowMs(state, Date.parse(startedAt) - 900)).toBe(700);
  });
});

describe("what a phase printed", () => {
  const failure = { code: "hook-failed", message: "no", outputTail: ["kept"] };
  const boot = { output: {}, phases: [{ id: "hook", failure }], fatal: null };

  it("is what came while it ran, else what its failure kept", () => {
    expect(outputOf({ ...boot, output: { hook: ["came"] } }, "hook")).toEqual(["came"]);
    expect(outputOf(boot, "hook")).toEqual(["kept"]);
    expect(outputOf({ ...boot, phases: [], fatal: { phase: "hook", failure } }, "hook")).toEqual([
      "kept",
    ]);
    expect(outputOf(boot, "other")).toEqual([]);
  });
});

describe("warnings", () => {
  const failure = { code: "hook-failed", message: "no" };

  it("of a phase do not repeat its failure", () => {
    expect(warningsBesideFailure({ warnings: ["slow", "no"], failure })).toEqual(["slow"]);
    expect(warningsBesideFailure({ warnings: ["slow"] })).toEqual(["slow"]);
  });

  it("of a boot are those of its phases, then the runtime's own, with their codes where there are any", () => {
    const phase = (id: string, warnings: string[], warningCodes?: (string | null)[]) => ({
      ...{ id, title: id, needs: [], where: "main" as const, required: true, detail: {} },
      ...{ status: "done" as const, startMs: 1, endMs: 2, warnings },
      ...(warningCodes !== undefined && { warningCodes }),
    });
    const phases = [phase("a", ["slow", "odd"], [null, "odd-thing"]), phase("b", ["old"])];
    const own = { source: "control-plane", code: "control-plane-down", message: "down" };
    expect(warningsOf({ phases, warnings: [own] })).toEqual([
      { source: "a", message: "slow" },
      { source: "a", code: "odd-thing", message: "odd" },
      { source: "b", message: "old" },
      own,
    ]);
  });
});

describe("what a process does", () => {
  const words = (status: ProcessStatus) => {
    const { message, reason } = describeProcess(status);
    return [fillMessage(message.text, ...message.args), reason];
  };

  it.each<[ProcessStatus, string, string | null]>([
    [{ id: "idle" }, "not started", null],
    [{ id: "starting", pid: 7, sinceMs: 1 }, "starting", null],
    [{ id: "crashed", sinceMs: 1, exitCode: 3, signal: null }, "crashed with exit code 3", null],
    [{ id: "crashed", sinceMs: 1, exitCode: null, signal: "SIGKILL" }, "killed by SIGKILL", null],
    [{ id: "crashed", sinceMs: 1, exitCode: null, signal: null }, "crashed", null],
    [
      { id: "backoff", sinceMs: 1_000, retryAtMs: 3_000, attempt: 2 },
      "restarting after 2.00 s, attempt 2",
      null,
    ],
    [{ id: "failed", sinceMs: 1, reason: "crashed 5 times" }, "failed", "crashed 5 times"],
    [{ id: "not-installed", command: "ttyd" }, "not installed", "ttyd"],
    [{ id: "levitating" } as never, "levitating", null],
  ])("%j", (status, text, reason) => {
    expect(words(status)).toEqual([text, reason]);
  });

  it("keeps a place that nothing fills", () => {
    expect(fillMessage("{0} of {1}", 1)).toBe("1 of {1}");
  });
});

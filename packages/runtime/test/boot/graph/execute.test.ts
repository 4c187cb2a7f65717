import { getEventListeners } from "node:events";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Failed, toWire } from "../../../src/base/failed.ts";
import type { FailureValue } from "../../../src/base/failure.ts";
import { executeGraph, startGraph } from "../../../src/boot/graph/execute.ts";
import type { PhaseContext, PhaseWork } from "../../../src/boot/graph/phase.ts";
import { makePlan } from "../../../src/boot/graph/plan.ts";
import type { EventBody, PhasePlan } from "../../../src/protocol/index.ts";

type Outputs = Record<string, unknown>;
type Run = (context: PhaseContext<Outputs>) => Promise<unknown>;

/** A phase of these tests: its plan and its work. */
interface Phase extends PhaseWork<Outputs> {
  readonly plan: PhasePlan;
}

interface Options {
  foresee?: (signal: AbortSignal) => Promise<void>;
  needs?: string[];
  until?: string[];
  required?: boolean;
  timeoutMs?: number;
  run?: Run;
}

function phase(
  id: string,
  { needs = [], until, required = until === undefined, timeoutMs, foresee, run }: Options = {},
): Phase {
  return {
    plan: {
      id,
      needs,
      required,
      title: id,
      where: "main",
      ...(until !== undefined && { until }),
      ...(timeoutMs !== undefined && { timeoutMs }),
    },
    ...(foresee && { foresee }),
    run: run ?? (async () => id),
  };
}

const plansOf = (phases: readonly Phase[]) => phases.map(({ plan }) => plan);
const workOf = (phases: readonly Phase[]) => new Map(phases.map((one) => [one.plan.id, one]));

interface Surroundings {
  readonly signal?: AbortSignal;
  readonly earlier?: ReadonlyMap<string, unknown>;
  readonly interrupts?: Readonly<Record<string, AbortSignal>>;
}

/** Runs phases and records short words: `+a` started, `a=done` ended. */
async function story(
  phases: Phase[],
  {
    signal = new AbortController().signal,
    earlier = new Map(),
    interrupts = {},
  }: Surroundings = {},
) {
  const told: string[] = [];
  const events: EventBody[] = [];
  let now = 0;
  const plan = makePlan(plansOf(phases), {
    settled: earlier.keys(),
    interrupts: Object.keys(interrupts),
  });
  const result = await executeGraph(plan, workOf(phases), {
    clock: { nowMs: () => now++, isoNow: () => "" },
    emit: (event) => {
      events.push(event);
      if (event.type === "phase.started") told.push(`+${event.id}`);
      if (event.type === "phase.ended") told.push(`${event.id}=${event.status}`);
    },
    signal,
    earlier,
    interrupts,
  });
  return { told, events, result };
}

/** Waits until the phase's signal is aborted, like a phase that runs a program. */
const untilStopped: Run = ({ signal }) =>
  new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason));
  });

const noCommit: FailureValue = {
  code: "git-failed",
  problem: "no-commit",
  checkout: "/workspace/shop",
  branch: "main",
};

const hookFailed: FailureValue = {
  code: "hook-failed",
  script: "/workspace/shop/start.sh",
  problem: "exited",
  exitCode: 7,
  outputTail: ["last line"],
};

describe("executeGraph", () => {
  it("starts phases without needs at once, and others when their needs have ended", async () => {
    const open = Promise.withResolvers<void>();
    const { told, result } = await story([
      phase("slow", { run: () => open.promise }),
      phase("quick"),
      phase("after-quick", { needs: ["quick"], run: async () => open.resolve() }),
      phase("last", { needs: ["slow", "after-quick"] }),
    ]);
    expect(result.id).toBe("done");
    expect(told.slice(0, 2)).toEqual(["+slow", "+quick"]);
    expect(told.indexOf("+after-quick")).toBeLessThan(told.indexOf("slow=done"));
    expect(told.at(-2)).toBe("+last");
  });

  it("gives a phase the outputs of its needs", async () => {
    const seen: unknown[] = [];
    await story([
      phase("a", { run: async () => 41 }),
      phase("b", { needs: ["a"], run: async ({ output }) => (output("a") as number) + 1 }),
      phase("c", {
        needs: ["b"],
        run: async ({ output }) => {
          seen.push(output("a"), output("b"));
        },
      }),
    ]);
    expect(seen).toEqual([41, 42]);
  });

  it("fails a phase that reads the output of a phase it does not need", async () => {
    const { result } = await story([
      phase("a"),
      phase("b", { run: async ({ output }) => output("a") }),
    ]);
    expect(result).toMatchObject({
      id: "failed",
      phase: "b",
      failure: { code: "internal-error", message: expect.stringContaining('reads "a"') },
    });
  });

  it("C8: a required failure cancels and awaits the others, and names the phases that were ready", async () => {
    let cleaned = false;
    const { told, result } = await story([
      phase("good"),
      phase("long", {
        run: async (context) => {
          try {
            await untilStopped(context);
          } finally {
            await Promise.resolve();
            cleaned = true;
          }
        },
      }),
      phase("bad", {
        needs: ["good"],
        run: async () => {
          throw new Failed(hookFailed);
        },
      }),
      phase("never", { needs: ["long"] }),
    ]);
    expect(cleaned).toBe(true);
    expect(result).toMatchObject({
      id: "failed",
      phase: "bad",
      failure: toWire(hookFailed),
      readyByThen: ["good"],
    });
    expect(told.slice(-3)).toEqual(["bad=failed", "long=cancelled", "never=skipped"]);
  });

  it("C9: an optional phase that fails fatally ends the boot", async () => {
    const { told, result } = await story([
      phase("optional", {
        required: false,
        run: async () => {
          throw new Failed(noCommit, { fatal: true });
        },
      }),
      phase("next", { needs: ["optional"] }),
    ]);
    expect(told).toEqual(["+optional", "optional=failed", "next=skipped"]);
    expect(result).toMatchObject({ id: "failed", phase: "optional", failure: toWire(noCommit) });
  });

  it("C9: an optional failure is a warning, and phases that need it go on", async () => {
    const { told, events, result } = await story([
      phase("optional", {
        required: false,
        run: async () => {
          throw new Failed(noCommit);
        },
      }),
      phase("next", {
        needs: ["optional"],
        run: async ({ outputIfDone }) => {
          expect(outputIfDone("optional")).toBeUndefined();
        },
      }),
    ]);
    expect(result.id).toBe("done");
    expect(told).toEqual(["+optional", "optional=warned", "+next", "next=done"]);
    expect(events).toContainEqual({
      type: "phase.warning",
      id: "optional",
      code: "git-failed",
      message: toWire(noCommit).message,
    });
  });

  it("ends a phase at its timeout and names it", async () => {
    const { result } = await story([phase("stuck", { timeoutMs: 1, run: untilStopped })]);
    expect(result).toMatchObject({
      id: "failed",
      phase: "stuck",
      failure: { code: "phase-timeout", detail: { timeoutMs: 1 } },
    });
  });

  it("stops when its signal is aborted, and starts nothing after that", async () => {
    const controller = new AbortController();
    const { told, result } = await story(
      [
        phase("running", {
          run: (context) => {
            controller.abort(new Error("SIGINT"));
            return untilStopped(context);
          },
        }),
        phase("waiting", { needs: ["running"] }),
      ],
      { signal: controller.signal },
    );
    expect(result).toMatchObject({ id: "cancelled", reason: "SIGINT" });
    expect(told).toEqual(["+running", "running=cancelled", "waiting=skipped"]);
  });

  it("can use the outputs of an earlier graph (adopt)", async () => {
    const { told, result } = await story(
      [phase("session", { needs: ["spawn"], run: async ({ output }) => output("spawn") })],
      { earlier: new Map([["spawn", "pid 7"]]) },
    );
    expect(told).toEqual(["+session", "session=done"]);
    expect(result.settled.get("session")).toBe("pid 7");
  });

  describe("a phase with foresee", () => {
    const failure: FailureValue = {
      code: "process-exited",
      process: "agent",
      problem: "exited",
      exitCode: 1,
      wasReady: true,
      outputTail: [],
    };

    it("C8: fails as soon as its failure is certain, before its needs have ended", async () => {
      const gone = Promise.withResolvers<void>();
      const { told, result } = await story([
        phase("hook", {
          run: (context) => {
            gone.reject(new Failed(failure));
            return untilStopped(context);
          },
        }),
        phase("session", { needs: ["hook"], foresee: () => gone.promise }),
        phase("bridge", { needs: ["session"] }),
      ]);
      expect(result).toMatchObject({ id: "failed", phase: "session", failure: toWire(failure) });
      expect(told).toEqual([
        "+hook",
        "+session",
        "session=failed",
        "hook=cancelled",
        "bridge=skipped",
      ]);
    });

    it("ends foresee when the phase starts", async () => {
      const gone = Promise.withResolvers<void>();
      let isOver = false;
      const { told, result } = await story([
        phase("session", {
          foresee: (signal) => {
            isOver = signal.aborted;
            signal.addEventListener("abort", () => {
              isOver = true;
            });
            return gone.promise;
          },
          run: async () => {
            expect(isOver).toBe(true);
            gone.reject(new Failed(failure));
            await gone.promise.catch(() => {});
          },
        }),
        phase("next", { needs: ["session"] }),
      ]);
      expect(result.id).toBe("done");
      expect(told).toEqual(["+session", "session=done", "+next", "next=done"]);
    });
  });

  describe("a phase with an until", () => {
    it("is cancelled when a phase that it names starts, which does not wait for its end", async () => {
      const mayEnd = Promise.withResolvers<void>();
      const { told, events, result } = await story([
        phase("ahead", {
          until: ["spawn"],
          run: async (context) => {
            await untilStopped(context).catch(() => {});
            await mayEnd.promise;
            throw new Error("cut off");
          },
        }),
        phase("hooks"),
        phase("spawn", { needs: ["hooks"], run: async () => mayEnd.resolve() }),
        phase("after", { needs: ["ahead"] }),
      ]);
      expect(result.id).toBe("done");
      expect(told.indexOf("spawn=done")).toBeLessThan(told.indexOf("ahead=cancelled"));
      expect(told.slice(-3)).toEqual(["ahead=cancelled", "+after", "after=done"]);
      expect(events.filter(({ type }) => type === "phase.warning")).toEqual([]);
      const ended = events.find((event) => event.type === "phase.ended" && event.id === "ahead");
      expect(ended).toMatchObject({ status: "cancelled", detail: { until: "spawn" } });
      expect(ended).not.toHaveProperty("failure");
    });

    it("is done when it returns after it was cancelled", async () => {
      const { told, result } = await story([
        phase("ahead", {
          until: ["spawn"],
          run: (context) => untilStopped(context).catch(() => "half of it"),
        }),
        phase("hooks"),
        phase("spawn", { needs: ["hooks"] }),
      ]);
      expect(told).toContain("ahead=done");
      expect(result.settled.get("ahead")).toBe("half of it");
    });

    it("that finds nothing to do is skipped and says why; those that need it get what it gives", async () => {
      const { events, result } = await story([
        phase("hook", {
          run: async ({ skip }) => {
            skip("shop has no start.sh");
            return "an output";
          },
        }),
        phase("after", {
          needs: ["hook"],
          run: async ({ output }) => expect(output("hook")).toBe("an output"),
        }),
      ]);
      expect(result.id).toBe("done");
      expect(events).toContainEqual(
        expect.objectContaining({ id: "hook", status: "skipped", because: "shop has no start.sh" }),
      );
    });

    it("is skipped when the event comes before its start; phases that need it go on", async () => {
      const { told, events, result } = await story([
        phase("hooks"),
        phase("decoy", { needs: ["hooks"], until: ["spawn"] }),
        phase("spawn"),
        phase("after", {
          needs: ["decoy"],
          run: async ({ outputIfDone }) => expect(outputIfDone("decoy")).toBeUndefined(),
        }),
      ]);
      expect(result.id).toBe("done");
      expect(told.slice(0, 4)).toEqual(["+hooks", "+spawn", "decoy=skipped", "+after"]);
      expect(events).toContainEqual(
        expect.objectContaining({ id: "decoy", status: "skipped", detail: { until: "spawn" } }),
      );
    });

    it("is cancelled by an event outside the graph, also when the result is decided", async () => {
      const prompt = new AbortController();
      const told: string[] = [];
      const phases = [
        phase("needed"),
        phase("warm", { until: ["prompt"], needs: ["needed"], run: untilStopped }),
        phase("warmer", { until: ["prompt"], needs: ["warm"] }),
        phase("other", { required: false, needs: ["warm"] }),
      ];
      const { decided, ended } = startGraph(
        makePlan(plansOf(phases), { interrupts: ["prompt"] }),
        workOf(phases),
        {
          clock: { nowMs: () => 0, isoNow: () => "" },
          emit: (event) => event.type === "phase.ended" && told.push(`${event.id}=${event.status}`),
          signal: new AbortController().signal,
          interrupts: { prompt: prompt.signal },
          decidedBy: "required",
        },
      );
      expect(await decided).toMatchObject({ id: "done" });
      expect(told).toEqual(["needed=done"]);
      prompt.abort();
      expect(told).toEqual(["needed=done", "warmer=skipped"]);
      await ended;
      expect(told.slice(2)).toEqual(["warm=cancelled", "other=done"]);
      expect(getEventListeners(prompt.signal, "abort")).toEqual([]);
    });

    it("is skipped when the event has come before the graph", async () => {
      const { told } = await story([phase("warm", { until: ["prompt"] }), phase("needed")], {
        interrupts: { prompt: AbortSignal.abort() },
      });
      expect(told).toEqual(["warm=skipped", "+needed", "needed=done"]);
    });

    it("C8: is cancelled with the graph when both happen", async () => {
      const stop = new AbortController();
      const { told, result } = await story(
        [
          phase("ahead", { until: ["spawn"], run: untilStopped }),
          phase("spawn", { run: async () => stop.abort(new Error("SIGTERM")) }),
          phase("after", { needs: ["ahead"] }),
        ],
        { signal: stop.signal },
      );
      expect(result.id).toBe("cancelled");
      expect(result.settled.has("ahead")).toBe(false);
      expect(told).toContain("after=skipped");
    });
  });

  it("passes settled phases to a later graph, including optional ones that failed", async () => {
    const first = await story([
      phase("spawn", { run: async () => "pid 7" }),
      phase("editor", { required: false, run: () => Promise.reject(new Error("on purpose")) }),
    ]);
    const { told } = await story(
      [
        phase("session", {
          needs: ["spawn", "editor"],
          run: async ({ output, outputIfDone }) => {
            expect(output("spawn")).toBe("pid 7");
            expect(outputIfDone("editor")).toBeUndefined();
          },
        }),
      ],
      { earlier: first.result.settled },
    );
    expect(told).toEqual(["+session", "session=done"]);
  });

  it("refuses a plan with a phase that has no work", async () => {
    const run = startGraph(makePlan(plansOf([phase("a")])), new Map(), {
      clock: { nowMs: () => 0, isoNow: () => "" },
      emit: () => {},
      signal: new AbortController().signal,
    });
    await expect(run.decided).rejects.toThrow('phase "a" has no work');
  });

  describe("that is decided by its required phases", () => {
    const hopeless = Promise.withResolvers<void>();
    const start = (phases: Phase[], signal = new AbortController().signal) => {
      const told: string[] = [];
      const run = startGraph(makePlan(plansOf(phases)), workOf(phases), {
        clock: { nowMs: () => 0, isoNow: () => "" },
        emit: (event) => {
          if (event.type !== "phase.ended") return;
          told.push(`${event.id}=${event.status}`);
          if (event.id === "hopeless") hopeless.resolve();
        },
        signal,
        decidedBy: "required",
      });
      return { ...run, told };
    };

    it("is decided while optional phases run; they go on, and so do phases that need them", async () => {
      const open = Promise.withResolvers<void>();
      const { decided, ended, told } = start([
        phase("late", { required: false, run: () => open.promise }),
        phase("later", { required: false, needs: ["late"] }),
        phase("needed"),
      ]);
      expect(await decided).toMatchObject({ id: "done" });
      expect(told).toEqual(["needed=done"]);
      open.resolve();
      await ended;
      expect(told).toEqual(["needed=done", "late=done", "later=done"]);
    });

    it("stays decided when a late phase fails and when the graph is stopped", async () => {
      const open = Promise.withResolvers<void>();
      const stop = new AbortController();
      const { decided, ended, told } = start(
        [
          phase("hopeless", {
            required: false,
            run: async () => {
              await open.promise;
              throw new Failed(noCommit, { fatal: true });
            },
          }),
          phase("endless", { required: false, run: untilStopped }),
          phase("needed"),
        ],
        stop.signal,
      );
      await decided;
      open.resolve();
      await hopeless.promise;
      stop.abort(new Error("the end"));
      await ended;
      expect(told).toEqual(["needed=done", "hopeless=warned", "endless=cancelled"]);
      expect(await decided).toMatchObject({ id: "done" });
    });

    it("is decided by a required failure as soon as no phase runs", async () => {
      const { decided, told } = start([
        phase("late", { required: false, run: untilStopped }),
        phase("bad", { run: () => Promise.reject(new Error("on purpose")) }),
      ]);
      expect(await decided).toMatchObject({ id: "failed", phase: "bad" });
      expect(told).toEqual(["bad=failed", "late=cancelled"]);
    });
  });

  it("never starts a phase before all its needs have ended, in any graph", async () => {
    const graphs = fc.integer({ min: 1, max: 12 }).chain((size) =>
      fc.tuple(
        ...Array.from({ length: size }, (_, index) =>
          fc.record({
            needs: fc.subarray(Array.from({ length: index }, (_, before) => `p${before}`)),
            ticks: fc.integer({ min: 0, max: 3 }),
            fails: fc.boolean(),
          }),
        ),
      ),
    );
    await fc.assert(
      fc.asyncProperty(graphs, async (specs) => {
        const { told, result } = await story(
          specs.map(({ needs, ticks, fails }, index) =>
            phase(`p${index}`, {
              needs,
              required: false,
              run: async () => {
                for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
                if (fails) throw new Error("on purpose");
              },
            }),
          ),
        );
        expect(result.id).toBe("done");
        specs.forEach(({ needs }, index) => {
          const started = told.indexOf(`+p${index}`);
          for (const need of needs) {
            const ended = told.findIndex((word) => word.startsWith(`${need}=`));
            expect(ended).toBeLessThan(started);
          }
        });
      }),
    );
  });
});

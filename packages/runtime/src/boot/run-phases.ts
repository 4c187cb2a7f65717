import { claimPorts } from "./claim-ports.ts";
import { startGraph } from "./graph/execute.ts";
import type { GraphResult, WorkById } from "./graph/graph-run.ts";
import type { Plan } from "./graph/plan.ts";
import type { PhaseOutputs } from "./phases/phase.ts";
import type { Sandbox } from "./sandbox.ts";
import type { StopRequest } from "./stop.ts";

/** The phases of a boot, when their result is decided. Disposing of this stops late optional phases and awaits them. */
export interface DecidedPhases extends AsyncDisposable {
  readonly result: GraphResult;
  /** Resolves when late phases have ended, too. */
  readonly settled: Promise<void>;
}

/**
 * Runs the phases until the result of the boot is decided: the phases that decide it have ended, or one has failed, or a
 * stop was requested and nothing runs any more.
 */
export async function runPhases(
  sandbox: Sandbox,
  plan: Plan,
  work: WorkById<PhaseOutputs>,
  { stop }: StopRequest,
): Promise<DecidedPhases> {
  const failed = await claimPorts(sandbox);
  if (failed !== null) return decided(failed, Promise.resolve(), new AbortController());
  const over = new AbortController();
  const onStop = () => over.abort(stop.reason);
  stop.addEventListener("abort", onStop, { once: true });
  if (stop.aborted) onStop();
  try {
    const { clock, bus, interrupts } = sandbox;
    const graph = startGraph(plan, work, {
      clock,
      emit: bus.emit.bind(bus),
      signal: over.signal,
      interrupts,
      decidedBy: whatDecides(sandbox),
    });
    return decided(await graph.decided, graph.ended, over);
  } finally {
    // From now on a request to stop is the caller's: it announces the end before it stops late phases.
    stop.removeEventListener("abort", onStop);
  }
}

/** An image or a seed is finished before it is used: what it lacked, every boot from it would have to do again. */
export function whatDecides({ config: { mode } }: Pick<Sandbox, "config">): "required" | "all" {
  return mode === "build" || mode === "seed" ? "all" : "required";
}

function decided(
  result: GraphResult,
  settled: Promise<void>,
  over: AbortController,
): DecidedPhases {
  return {
    result,
    settled,
    [Symbol.asyncDispose]: async () => {
      over.abort(new Error("the sandbox is ending"));
      await settled;
    },
  };
}

import { startGraph } from "./graph/execute.ts";
import type { GraphResult, WorkById } from "./graph/graph-run.ts";
import type { Plan } from "./graph/plan.ts";
import type { PhaseOutputs } from "./phases/phase.ts";
import type { Sandbox } from "./sandbox.ts";
import type { StopRequest } from "./stop.ts";
import { takePorts } from "./take-ports.ts";

/** A boot of which it is decided how it went. Optional phases may be late; disposing of it stops and awaits them. */
export interface DecidedBoot extends AsyncDisposable {
  readonly result: GraphResult;
  /** Resolves when the late ones have ended, too. */
  readonly settled: Promise<void>;
}

/**
 * Runs the phases until it is decided how the boot went: its required phases have ended, or it has failed, or somebody
 * has asked to stop and nothing runs any more.
 */
export async function runPhases(
  sandbox: Sandbox,
  plan: Plan,
  work: WorkById<PhaseOutputs>,
  { stop }: StopRequest,
): Promise<DecidedBoot> {
  const failed = await takePorts(sandbox);
  if (failed !== null) return decided(failed, Promise.resolve(), new AbortController());
  const over = new AbortController();
  const onStop = () => over.abort(stop.reason);
  stop.addEventListener("abort", onStop, { once: true });
  if (stop.aborted) onStop();
  try {
    const { clock, bus } = sandbox;
    const graph = startGraph(plan, work, {
      clock,
      emit: bus.emit.bind(bus),
      signal: over.signal,
      decidedBy: whatDecides(sandbox),
    });
    return decided(await graph.decided, graph.ended, over);
  } finally {
    // A boot that is ready is told to end in good order: the end is announced before what is late is stopped.
    stop.removeEventListener("abort", onStop);
  }
}

/** What an image or a seed does not hold, every boot from it would have to do again: it is made whole. */
function whatDecides({ config: { mode } }: Sandbox): "required" | "all" {
  return mode === "build" || mode === "seed" ? "all" : "required";
}

function decided(result: GraphResult, settled: Promise<void>, over: AbortController): DecidedBoot {
  return {
    result,
    settled,
    [Symbol.asyncDispose]: async () => {
      over.abort(new Error("the sandbox ends"));
      await settled;
    },
  };
}

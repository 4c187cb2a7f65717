import type { Clock } from "../../base/clock.ts";
import type { EventBody, Failure } from "../../protocol/index.ts";
import type { PhaseWork } from "./phase.ts";

/** What the phases of a plan do, by phase id. */
export type WorkById<Outputs> = ReadonlyMap<string, PhaseWork<Outputs>>;

export interface ExecuteOptions {
  readonly clock: Clock;
  readonly emit: (event: EventBody) => void;
  /** Ends the graph: running phases are cancelled and awaited. */
  readonly signal: AbortSignal;
  /** The phases that an earlier graph has settled ({@link GraphResult}): this graph builds on them. */
  readonly earlier?: ReadonlyMap<string, unknown>;
  /** Events outside the graph that end phases early, by the name that a phase's `until` uses. */
  readonly interrupts?: Readonly<Record<string, AbortSignal>>;
  /** When the result is decided: as soon as the `required` phases have ended well, or when `all` (the default) have. */
  readonly decidedBy?: "required" | "all";
}

/** How a graph ended. */
export type GraphResult = {
  /** The phases on which others may build, and what each gave; those of the earlier graph included. */
  readonly settled: ReadonlyMap<string, unknown>;
} & (
  | { readonly id: "done" }
  | {
      readonly id: "failed";
      readonly phase: string;
      readonly failure: Failure;
      /** Ids of the phases that had settled by then. */
      readonly readyByThen: readonly string[];
    }
  | { readonly id: "cancelled"; readonly reason: string }
);

/** A running graph. */
export interface GraphRun {
  /** Resolves when the result is decided. When it is `failed` or `cancelled`, no phase runs any more. */
  readonly decided: Promise<GraphResult>;
  /** Resolves when no phase runs any more. */
  readonly ended: Promise<void>;
}

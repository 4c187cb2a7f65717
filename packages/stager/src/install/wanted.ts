import type { StageEntry } from "../manifest.ts";

/** What gates look at. */
export type Env = Readonly<Record<string, string | undefined>>;

/** One thing that should stand in the target. */
export interface Wanted {
  readonly path: string;
  /** Where it comes from; null when it should be there and its source is not. */
  readonly source: string | null;
  readonly kind: StageEntry["kind"];
  readonly isolation: StageEntry["isolation"];
  readonly type: StageEntry["type"];
  readonly mode: number | null;
  /** As far as they are known before it is copied. */
  readonly bytes: number;
  /** What a stage says is in it, so that a half stage is noticed; null when it comes from no stage. */
  readonly ofStage: { readonly files: number; readonly bytes: number } | null;
  /** The gate that is closed, when one is. */
  readonly closedGate: string | null;
}

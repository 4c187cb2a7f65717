import type { StageEntry } from "../manifest.ts";

/** The environment for gates. */
export type Env = Readonly<Record<string, string | undefined>>;

/** One path that the target should have. */
export interface Wanted {
  readonly path: string;
  /** The path it comes from; null when its source does not exist. */
  readonly source: string | null;
  readonly kind: StageEntry["kind"];
  readonly isolation: StageEntry["isolation"];
  readonly type: StageEntry["type"];
  readonly mode: number | null;
  /** Its size, as far as it is known before it is copied. */
  readonly bytes: number;
  /** Its contents according to the stage, to notice an incomplete stage; null when it does not come from a stage. */
  readonly ofStage: { readonly files: number; readonly bytes: number } | null;
  /** The gate, if it is closed. */
  readonly closedGate: string | null;
}

import { kindWords, type PhaseKind, type PhaseStatus } from "@sandboot/runtime/protocol";

/** Messages between the extension and its webview. Both come from the same build, so there are no versions. */

export interface WaterfallRow {
  readonly id: string;
  readonly title: string;
  /** A short title, for a line below the group's. */
  readonly label: string;
  /** Shown once, above the first row of the group. Empty for none. */
  readonly group: string;
  /** What it works on; `itself` for what sandboot does before the first phase. */
  readonly kind: PhaseKind | "itself";
  readonly status: PhaseStatus;
  readonly statusWord: string;
  /** Milliseconds since the runtime's process started. */
  readonly startMs: number | null;
  readonly endMs: number | null;
  /** Its share in the critical chain; null when it is not on it. */
  readonly share: string | null;
  readonly needs: readonly string[];
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** The last lines that it printed. */
  readonly output: readonly string[];
}

/** An earlier boot, or the p50 of all of them. */
export interface WaterfallComparison {
  /** `p50`, `previous`, or when the boot started. */
  readonly id: string;
  /** Null for a boot that is named by its start. */
  readonly label: string | null;
  /** Null for the p50. */
  readonly startedAt: string | null;
  readonly readyMs: number;
  readonly phases: Readonly<Record<string, ComparedPhase>>;
}

export interface ComparedPhase {
  readonly tookMs: number;
  /** When it ran; null for the p50 of a duration. */
  readonly span: { readonly startMs: number; readonly endMs: number } | null;
}

export interface WaterfallModel {
  readonly title: string;
  readonly subtitle: string;
  readonly tone: "plain" | "good" | "busy" | "bad";
  /** The runtime's clock when this was made; running bars grow from here. */
  readonly nowMs: number;
  readonly live: boolean;
  readonly readyMs: number | null;
  readonly rows: readonly WaterfallRow[];
  /** The row to show in detail while nobody has chosen one: what failed, what took the most, or what runs. */
  readonly focus: string | null;
}

export const waterfallTexts = {
  ...kindWords,
  compare: "Compare with",
  nothing: "Nothing",
  zoomIn: "Zoom in",
  zoomOut: "Zoom out",
  fit: "Whole boot",
  export: "Export",
  critical: "critical chain",
  usual: "usual end (p50)",
  warned: "failed, boot continued",
  failed: "failed",
  unfinished: "cancelled or skipped",
  earlier: "earlier boot",
  ready: "ready",
  took: "Took",
  began: "Began",
  needs: "Needs",
  usually: "Usually",
  before: "Compared with",
  output: "Output",
  pinned: "Pinned",
  unpin: "Escape releases it",
  earlierBoots: "Earlier boots",
  detail: "The chosen phase",
  chart: "Boot waterfall: arrow keys go from phase to phase, plus and minus zoom",
  empty: "No boot to show yet.",
  emptyHint: "The waterfall appears here when a runtime boots.",
} as const;
export type WaterfallTexts = Readonly<Record<keyof typeof waterfallTexts, string>>;

export type ToWebview =
  | { readonly type: "texts"; readonly texts: WaterfallTexts }
  | { readonly type: "model"; readonly model: WaterfallModel | null }
  /** What the boot can be compared with. Sent when it changes: it is larger than the model. */
  | { readonly type: "comparisons"; readonly comparisons: readonly WaterfallComparison[] };

export type FromWebview =
  | { readonly type: "loaded" }
  | { readonly type: "export"; readonly format: "svg" | "png"; readonly data: string }
  | { readonly type: "export"; readonly format: "perfetto" };

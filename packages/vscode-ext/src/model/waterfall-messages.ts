import type { PhaseStatus } from "@sandboot/runtime/protocol";

/** Messages between the extension and its webview. Both come from the same build, so there are no versions. */

export interface WaterfallRow {
  readonly id: string;
  readonly title: string;
  /** A short title, for a line below the group's. */
  readonly label: string;
  /** Shown once, above the first row of the group. */
  readonly group: string;
  readonly status: PhaseStatus;
  readonly statusWord: string;
  /** Milliseconds since the runtime's process started. */
  readonly startMs: number | null;
  readonly endMs: number | null;
  readonly critical: boolean;
  readonly workers: boolean;
  readonly needs: readonly string[];
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** Last lines of output, when the phase failed. */
  readonly outputTail: readonly string[];
}

export interface WaterfallComparison {
  readonly id: "previous" | "p50";
  readonly label: string;
  readonly readyMs: number;
  readonly spans: Readonly<Record<string, { readonly startMs: number; readonly endMs: number }>>;
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
  readonly comparisons: readonly WaterfallComparison[];
}

export const waterfallTexts = {
  compare: "Compare with",
  nothing: "Nothing",
  zoomIn: "Zoom in",
  zoomOut: "Zoom out",
  fit: "Whole boot",
  export: "Export",
  critical: "Critical chain",
  main: "Main thread",
  workers: "Worker threads",
  warned: "Failed, boot continued",
  failed: "Failed",
  unfinished: "Cancelled or skipped",
  earlier: "Earlier boot",
  ready: "ready",
  took: "Took",
  began: "Began",
  needs: "Needs",
  before: "Before",
  chart: "Boot waterfall: arrow keys go from phase to phase, plus and minus zoom",
  empty: "No boot to show yet.",
  emptyHint: "The waterfall appears here when a runtime boots.",
} as const;
export type WaterfallTexts = Readonly<Record<keyof typeof waterfallTexts, string>>;

export type ToWebview =
  | { readonly type: "texts"; readonly texts: WaterfallTexts }
  | { readonly type: "model"; readonly model: WaterfallModel | null };

export type FromWebview =
  | { readonly type: "loaded" }
  | { readonly type: "export"; readonly format: "svg" | "png"; readonly data: string }
  | { readonly type: "export"; readonly format: "perfetto" };

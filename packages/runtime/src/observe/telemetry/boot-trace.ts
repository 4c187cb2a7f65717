export type Env = Readonly<Record<string, string | undefined>>;

/** The span of the first prompt through the bridge, among those of the phases. */
export const FIRST_ANSWER_SPAN = "first-answer";

export interface ParentSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly sampled: boolean;
}

/**
 * The ids of a boot's trace. They are made before anything runs, because hooks get their span's id in their environment. The
 * spans themselves are made later, from the report.
 */
export interface BootTrace {
  readonly traceId: string;
  /** The span that caused the boot, from `TRACEPARENT`; null when the boot begins the trace. */
  readonly parent: ParentSpan | null;
  readonly traceState: string | null;
  /** The span of the boot itself. */
  readonly rootSpanId: string;
  spanIdOf(phase: string): string;
  /** Environment variables by which the programs of a phase add their spans to this trace. */
  envOf(phase: string): Readonly<Record<string, string>>;
}

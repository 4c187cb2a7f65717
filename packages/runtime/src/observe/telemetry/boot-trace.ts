import { randomBytes } from "node:crypto";

type Env = Readonly<Record<string, string | undefined>>;

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

/**
 * The trace that the environment asks for: it names an OTLP endpoint and does not disable the SDK. Otherwise null.
 *
 * @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export function bootTraceOf(env: Env): BootTrace | null {
  if (!isWanted(env)) return null;
  const parent = parseTraceParent(env["TRACEPARENT"]);
  const traceId = parent?.traceId ?? randomHex(16);
  // The trace state belongs to the parent. Without a valid parent it is ignored.
  const traceState = parent === null ? null : (env["TRACESTATE"] ?? null);
  const flags = parent?.sampled === false ? "00" : "01";
  const spanIds = new Map<string, string>();
  const spanIdOf = (phase: string): string => {
    const known = spanIds.get(phase) ?? randomHex(8);
    spanIds.set(phase, known);
    return known;
  };
  return {
    traceId,
    parent,
    traceState,
    rootSpanId: randomHex(8),
    spanIdOf,
    envOf: (phase) => ({
      TRACEPARENT: `00-${traceId}-${spanIdOf(phase)}-${flags}`,
      ...(traceState !== null && { TRACESTATE: traceState }),
    }),
  };
}

function isWanted(env: Env): boolean {
  const endpoint =
    env["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] || env["OTEL_EXPORTER_OTLP_ENDPOINT"] || "";
  const exporters = (env["OTEL_TRACES_EXPORTER"] || "otlp").split(",").map((name) => name.trim());
  const disabled = env["OTEL_SDK_DISABLED"]?.toLowerCase() === "true";
  return endpoint !== "" && exporters.includes("otlp") && !disabled;
}

/** `version-traceid-spanid-flags`. Later versions may append more. */
const TRACE_PARENT =
  /^(?<version>[0-9a-f]{2})-(?<traceId>[0-9a-f]{32})-(?<spanId>[0-9a-f]{16})-(?<flags>[0-9a-f]{2})(?<more>-.*)?$/;

/**
 * Reads a W3C trace parent. Null when it is missing or invalid, as the specification demands.
 *
 * @see https://www.w3.org/TR/trace-context/#traceparent-header
 */
export function parseTraceParent(text: string | undefined): ParentSpan | null {
  const found = TRACE_PARENT.exec(text?.trim() ?? "")?.groups;
  if (found === undefined) return null;
  const { version = "", traceId = "", spanId = "", flags = "", more } = found;
  if (version === "ff" || (version === "00" && more !== undefined)) return null;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return null;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

function randomHex(bytes: number): string {
  return randomBytes(bytes).toString("hex");
}

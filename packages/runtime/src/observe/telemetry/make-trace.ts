import { randomBytes } from "../../base/random.ts";
import type { BootTrace, Env, ParentSpan } from "./boot-trace.ts";

/** Makes the ids of a trace, below the span that `TRACEPARENT` names. */
export function makeTrace(env: Env): BootTrace {
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

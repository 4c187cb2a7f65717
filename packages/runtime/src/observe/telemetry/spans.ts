import {
  type Attributes,
  type AttributeValue,
  type Context,
  type HrTime,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import type { BootReport, ReportPhase } from "../../protocol/index.ts";
import { type BootTrace, FIRST_ANSWER_SPAN } from "./boot-trace.ts";

/** The part of a report that becomes spans: a whole boot, or the adopt of a seed. */
export interface TracedPart {
  readonly name: string;
  readonly startMs: number;
  readonly phases: readonly ReportPhase[];
}

/** Everything that is needed to make spans. */
export interface SpanMaker {
  readonly tracer: Tracer;
  /** Sets the id of the next span. */
  readonly nextSpanId: (id: string) => void;
  readonly report: BootReport;
  readonly part: TracedPart;
  readonly ids: BootTrace & { readonly partSpanId: string };
}

/**
 * Makes one span for the part, and below it one for each phase that has run, with links to the phases that it needed. A phase
 * that still runs gets no span yet, because a span is sent once, when it has ended.
 */
export function makeSpans(maker: SpanMaker): void {
  const { tracer, nextSpanId, report, part, ids } = maker;
  const at = timesFrom(report.startedAt);
  const endMs = Math.max(part.startMs, ...part.phases.map(({ endMs: end }) => end ?? 0));
  nextSpanId(ids.partSpanId);
  const root = tracer.startSpan(
    part.name,
    { kind: SpanKind.INTERNAL, startTime: at(part.startMs), attributes: attributesOf(report) },
    parentContext(ids),
  );
  if (report.readyMs !== null) root.addEvent("ready", at(report.readyMs));
  if (report.warmMs !== null) root.addEvent("warm", at(report.warmMs));
  if (report.fatal !== null) {
    const { phase, failure } = report.fatal;
    root.setStatus({ code: SpanStatusCode.ERROR, message: `${phase}: ${failure.message}` });
  }
  for (const phase of part.phases) makePhaseSpan(maker, phase, root.spanContext());
  root.end(at(endMs));
}

/** Makes the span of one phase that ended after all other spans had been sent. */
export function makeLateSpan(maker: SpanMaker, id: string): void {
  const { part, ids } = maker;
  const sampled = ids.parent?.sampled ?? true;
  const partSpan = {
    traceId: ids.traceId,
    spanId: ids.partSpanId,
    traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
  };
  if (id === FIRST_ANSWER_SPAN) makeFirstAnswerSpan(maker, partSpan);
  for (const phase of part.phases) if (phase.id === id) makePhaseSpan(maker, phase, partSpan);
}

/** From when the agent got the first prompt until the end of its answer. */
function makeFirstAnswerSpan({ tracer, nextSpanId, report, ids }: SpanMaker, part: SpanContext) {
  const first = report.agent?.firstAnswer;
  if (first == null) return;
  const at = timesFrom(report.startedAt);
  const { kind, askedMs, headersMs, firstByteMs, endMs } = first;
  nextSpanId(ids.spanIdOf(FIRST_ANSWER_SPAN));
  const span = tracer.startSpan(
    FIRST_ANSWER_SPAN,
    { startTime: at(askedMs), attributes: { "sandboot.answer.kind": kind } },
    trace.setSpanContext(ROOT_CONTEXT, part),
  );
  span.addEvent("headers", at(askedMs + headersMs));
  if (firstByteMs !== null) span.addEvent("first byte", at(askedMs + firstByteMs));
  span.end(at(askedMs + endMs));
}

function makePhaseSpan(maker: SpanMaker, phase: ReportPhase, partSpan: SpanContext): void {
  const { tracer, nextSpanId, report, part, ids } = maker;
  const { id, startMs, endMs } = phase;
  if (startMs === null || endMs === null) return;
  const at = timesFrom(report.startedAt);
  const ran = new Set(part.phases.filter((one) => one.startMs !== null).map((one) => one.id));
  nextSpanId(ids.spanIdOf(id));
  const span = tracer.startSpan(
    id,
    {
      startTime: at(startMs),
      attributes: phaseAttributes(phase),
      links: phase.needs
        .filter((need) => ran.has(need))
        .map((need) => ({
          context: { ...partSpan, spanId: ids.spanIdOf(need) },
          attributes: { "sandboot.link": "needs", "sandboot.phase.id": need },
        })),
    },
    trace.setSpanContext(ROOT_CONTEXT, partSpan),
  );
  // The report does not say when a warning came, only that it came before the phase's end.
  for (const message of phase.warnings)
    span.addEvent("warning", { "sandboot.message": message }, at(endMs));
  setStatus(span, phase);
  span.end(at(endMs));
}

function setStatus(span: Span, { status, failure }: ReportPhase): void {
  if (status === "done") span.setStatus({ code: SpanStatusCode.OK });
  if (status === "failed" || status === "warned")
    span.setStatus({
      code: SpanStatusCode.ERROR,
      ...(failure !== undefined && { message: failure.message }),
    });
}

function attributesOf(report: BootReport): Attributes {
  const { mode, outcome, runtimeVersion, sandboxId, readyMs, agent, stage } = report;
  return {
    "sandboot.mode": mode,
    "sandboot.outcome": outcome,
    "sandboot.version": runtimeVersion,
    ...(sandboxId !== null && { "sandboot.sandbox.id": sandboxId }),
    ...(readyMs !== null && { "sandboot.ready_ms": readyMs }),
    ...(agent !== null && { "sandboot.agent.name": agent.name }),
    ...(agent?.version != null && { "sandboot.agent.version": agent.version }),
    ...(stage?.id != null && { "sandboot.stage.id": stage.id }),
  };
}

function phaseAttributes(phase: ReportPhase): Attributes {
  const { id, title, where, required, critical, status, failure, detail } = phase;
  return {
    "sandboot.phase.id": id,
    "sandboot.phase.title": title,
    "sandboot.phase.where": where,
    "sandboot.phase.required": required,
    "sandboot.phase.critical": critical,
    "sandboot.phase.status": status,
    ...(failure !== undefined && { "error.type": failure.code }),
    ...Object.fromEntries(
      Object.entries(detail).map(([key, value]) => [`sandboot.detail.${key}`, attribute(value)]),
    ),
  };
}

function attribute(value: unknown): AttributeValue {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean")
    return value;
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
  return JSON.stringify(value);
}

function parentContext({ parent, traceId }: BootTrace): Context {
  if (parent === null) return ROOT_CONTEXT;
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId: parent.spanId,
    isRemote: true,
    traceFlags: parent.sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
  });
}

/**
 * Converts a boot's times to the wall clock, as seconds and nanoseconds. A number could be wrong: OpenTelemetry takes one
 * that lies before the start of the process for a `performance.now()`.
 */
function timesFrom(startedAt: string): (ms: number) => HrTime {
  const originMs = Date.parse(startedAt);
  return (ms) => {
    const wholeMs = Math.floor(ms);
    const epochMs = originMs + wholeMs;
    const seconds = Math.floor(epochMs / 1000);
    const nanos = (epochMs - seconds * 1000) * 1e6 + Math.round((ms - wholeMs) * 1e6);
    return nanos >= 1e9 ? [seconds + 1, nanos - 1e9] : [seconds, nanos];
  };
}

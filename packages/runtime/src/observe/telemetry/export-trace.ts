import { OTLPTraceExporter as JsonExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtobufExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from "@opentelemetry/resources";
import { type ReadableSpan, type SpanExporter, TracerProvider } from "@opentelemetry/sdk-trace";
import { causeOf } from "../../base/failed.ts";
import { RUNTIME_VERSION } from "../../base/version.ts";
import type { RuntimeWarning, RuntimeWarningData } from "../../base/warning.ts";
import type { BootReport } from "../../protocol/index.ts";
import type { BootTrace } from "./boot-trace.ts";
import { makeLateSpan, makeSpans, type SpanMaker, type TracedPart } from "./spans.ts";

export type ExportResult =
  | { readonly id: "exported"; readonly spans: number }
  | { readonly id: "failed"; readonly warning: RuntimeWarning };

export interface ExportOptions {
  readonly report: BootReport;
  readonly trace: BootTrace;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Send only the span of this phase, which ended after the others had been sent. */
  readonly latePhase?: string | undefined;
  /** Milliseconds to wait for the receiver. */
  readonly deadlineMs: number;
}

/**
 * Sends a boot as one trace by OTLP over HTTP, to the endpoint that the environment names. Never rejects, and ends at its
 * deadline, because a receiver that is down must not delay a sandbox.
 */
export async function exportTrace(options: ExportOptions): Promise<ExportResult> {
  const { env, deadlineMs } = options;
  const protocol =
    env["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"] ||
    env["OTEL_EXPORTER_OTLP_PROTOCOL"] ||
    "http/protobuf";
  const exporter = exporterFor(protocol, deadlineMs);
  if (exporter === null) return failed({ problem: "protocol", protocol });
  try {
    const spans = await spansOf(options);
    return await deliver(exporter, spans, deadlineMs);
  } catch (error) {
    return failed({ problem: "failed", cause: causeOf(error) });
  } finally {
    // Closes connections to a receiver that does not answer.
    void exporter.shutdown().catch(() => {});
  }
}

function exporterFor(protocol: string, timeoutMillis: number): SpanExporter | null {
  switch (protocol) {
    case "http/protobuf":
      return new ProtobufExporter({ timeoutMillis });
    case "http/json":
      return new JsonExporter({ timeoutMillis });
    default:
      return null;
  }
}

async function spansOf({ report, trace, latePhase }: ExportOptions): Promise<ReadableSpan[]> {
  const spans: ReadableSpan[] = [];
  let spanId = "";
  const resource = defaultResource()
    .merge(
      resourceFromAttributes({ "service.name": "sandboot", "service.version": RUNTIME_VERSION }),
    )
    .merge(detectResources({ detectors: [envDetector] }));
  await resource.waitForAsyncAttributes?.();
  const provider = new TracerProvider({
    resource,
    idGenerator: { generateTraceId: () => trace.traceId, generateSpanId: () => spanId },
    spanProcessors: [
      {
        onStart: () => {},
        onEnd: (span) => void spans.push(span),
        forceFlush: async () => {},
        shutdown: async () => {},
      },
    ],
  });
  const part = partOf(report);
  const partSpanId = part.isAdopt ? trace.spanIdOf("adopt") : trace.rootSpanId;
  const maker: SpanMaker = {
    tracer: provider.getTracer("sandboot", RUNTIME_VERSION),
    nextSpanId: (id) => {
      spanId = id;
    },
    report,
    part,
    ids: { ...trace, partSpanId },
  };
  if (latePhase === undefined) makeSpans(maker);
  else makeLateSpan(maker, latePhase);
  return spans;
}

/** The part of a report that becomes a trace. After an adopt, only its own phases: the seed's trace was sent before. */
function partOf(report: BootReport): TracedPart & { readonly isAdopt: boolean } {
  const { adopt, phases } = report;
  if (adopt === undefined) return { name: "sandboot boot", startMs: 0, phases, isAdopt: false };
  return {
    name: "sandboot adopt",
    startMs: adopt.requestedMs,
    phases: phases.filter(({ id }) => adopt.phaseIds.includes(id)),
    isAdopt: true,
  };
}

function deliver(
  exporter: SpanExporter,
  spans: ReadableSpan[],
  deadlineMs: number,
): Promise<ExportResult> {
  return new Promise((resolve) => {
    const late = () => resolve(failed({ problem: "no-answer", timeoutMs: deadlineMs }));
    const timer = setTimeout(late, deadlineMs);
    exporter.export(spans, ({ code, error }) => {
      clearTimeout(timer);
      if (code === 0) resolve({ id: "exported", spans: spans.length });
      else
        resolve(failed({ problem: "failed", cause: causeOf(error ?? "the receiver refused it") }));
    });
  });
}

function failed(problem: RuntimeWarningData["trace-not-sent"]): ExportResult {
  return { id: "failed", warning: { code: "trace-not-sent", ...problem } };
}

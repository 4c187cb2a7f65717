import { durationOf } from "../../protocol/derive/times.ts";
import type { ProcessState, RuntimeEvent } from "../../protocol/index.ts";
import { aboutOf } from "./event-line.ts";
import type { LogLevel } from "./log-level.ts";

export interface LogRecord {
  readonly level: Exclude<LogLevel, "silent">;
  readonly msg: string;
  /** Fields to filter by. Secrets are hidden already, as in every event. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** An event as a log line: level, message and fields. */
export function logRecordOf(event: RuntimeEvent): LogRecord {
  const { type, ms } = event;
  return {
    level: levelOf(event),
    msg: event.type === "phase.output" ? event.line : `${type}: ${aboutOf(event)}`,
    fields: { event: type, ms: Math.round(ms), ...fieldsOf(event) },
  };
}

function levelOf(event: RuntimeEvent): LogRecord["level"] {
  switch (event.type) {
    case "phase.started":
    case "phase.detail":
    case "stage.installed":
    case "agent.changed":
    case "other-agent.changed":
      return "debug";
    case "phase.warning":
    case "stage.unusable":
    case "runtime.warning":
      return "warn";
    case "phase.ended":
      return event.status === "failed" ? "error" : event.status === "warned" ? "warn" : "info";
    case "process.changed":
      return levelOfProcess(event.process);
    case "boot.failed":
    case "adopt.failed":
      return "error";
    case "boot.started":
    case "phase.output":
    case "bridge.changed":
    case "boot.ready":
    case "boot.warm":
    case "boot.seeded":
    case "adopt.started":
    case "recovery.started":
    case "retry.started":
    case "runtime.frozen":
    case "runtime.resumed":
    case "shutdown.started":
    case "shutdown.ended":
      return "info";
    default:
      event satisfies never;
      return "info";
  }
}

function levelOfProcess({ status, optional }: ProcessState): LogRecord["level"] {
  switch (status.id) {
    case "crashed":
    case "backoff":
    case "not-installed":
      return "warn";
    case "failed":
      return optional ? "warn" : "error";
    case "running":
    case "stopped":
      return "info";
    case "idle":
    case "starting":
    case "stopping":
      return "debug";
    default:
      return status satisfies never;
  }
}

function fieldsOf(event: RuntimeEvent): Record<string, unknown> {
  switch (event.type) {
    case "phase.started":
    case "phase.warning":
      return { phase: event.id };
    case "phase.output":
      return { phase: event.id, stream: event.stream };
    case "phase.detail":
      return { phase: event.id, detail: event.detail };
    case "phase.ended": {
      const { id, status, failure } = event;
      const tookMs = durationOf(event);
      const durationMs = tookMs === null ? null : Math.round(tookMs);
      return { phase: id, status, durationMs, ...(failure !== undefined && { failure }) };
    }
    case "boot.failed":
    case "adopt.failed":
      return { phase: event.phase, failure: event.failure };
    case "process.changed": {
      const { id, status, restarts } = event.process;
      return { process: id, status: status.id, restarts };
    }
    case "boot.started":
      return { mode: event.mode, ...(event.sandboxId !== null && { sandboxId: event.sandboxId }) };
    case "boot.ready":
      return { readyMs: Math.round(event.readyMs), urls: event.urls };
    case "boot.warm":
      return { warmMs: Math.round(event.warmMs) };
    case "recovery.started":
      return { phase: event.phase };
    case "retry.started":
      return { from: event.from };
    case "runtime.frozen":
      return { unfinished: event.unfinished };
    case "runtime.resumed":
      return { gapMs: Math.round(event.gapMs), noticedBy: event.noticedBy, lost: event.lost };
    case "runtime.warning":
      return { source: event.source };
    case "stage.unusable":
      return { path: event.path };
    case "stage.installed":
    case "agent.changed":
    case "other-agent.changed":
    case "bridge.changed":
    case "boot.seeded":
    case "adopt.started":
    case "shutdown.started":
    case "shutdown.ended":
      return {};
    default:
      event satisfies never;
      return {};
  }
}

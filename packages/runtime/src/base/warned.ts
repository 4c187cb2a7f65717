import type { EventBody } from "../protocol/index.ts";
import type { PhaseWarning, RuntimeWarning } from "./warning.ts";
import { warningText } from "./warning-text.ts";

type Source =
  | "binding"
  | "boot-record"
  | "config"
  | "build"
  | "control-plane"
  | "events-log"
  | "git"
  | "pid-1"
  | "platform"
  | "processes"
  | "supervisor"
  | "telemetry";

/** The part of the runtime that a warning is of, as events and state carry it. */
const SOURCES: { readonly [Code in RuntimeWarning["code"]]: Source } = {
  "sandbox-unnamed": "config",
  "nothing-configured": "config",
  "pid-1": "pid-1",
  "leftovers-ended": "processes",
  "processes-left": "processes",
  "events-lost": "events-log",
  "output-not-logged": "events-log",
  "events-not-written": "events-log",
  "low-priority-kept": "supervisor",
  "control-plane-unreachable": "control-plane",
  "control-plane-refused": "control-plane",
  "report-not-sent": "control-plane",
  "outbox-unusable": "control-plane",
  "outbox-full": "control-plane",
  "trace-not-sent": "telemetry",
  "binding-refused": "binding",
  "platform-file-not-written": "platform",
  "credential-missing": "git",
  "credentials-not-set-up": "git",
  "build-failure-not-told": "build",
  "boot-not-recorded": "boot-record",
  "report-outdated": "boot-record",
};

/** The event for a warning of a phase. */
export function phaseWarning(id: string, value: PhaseWarning): EventBody {
  return { type: "phase.warning", id, code: value.code, message: wordsOf(value) };
}

/** The event for a warning of the runtime itself. */
export function runtimeWarning(value: RuntimeWarning): EventBody {
  const { code } = value;
  return { type: "runtime.warning", source: SOURCES[code], code, message: wordsOf(value) };
}

/** An event has one text for both. */
function wordsOf(value: PhaseWarning | RuntimeWarning): string {
  const { message, hint } = warningText(value);
  return hint === undefined ? message : `${message}; ${hint}`;
}

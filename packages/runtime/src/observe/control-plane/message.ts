import { randomId } from "../../base/random.ts";
import { presentOf } from "../../protocol/derive/present.ts";
import type { BootReport, RuntimeEvent, RuntimeState } from "../../protocol/index.ts";

/** The kind of a message, and the last part of its URL (docs/control-plane.md). */
export type MessageKind = "error" | "phase" | "report" | "state";

/** One message, as it is stored in the outbox. */
export interface Message {
  /** The same at every attempt, so that the receiver can recognize a repetition. */
  readonly id: string;
  readonly kind: MessageKind;
  readonly sandboxId: string;
  readonly body: object;
  /** Where it goes instead of `/sandbox/ID/KIND`. */
  readonly route?: { readonly path: string; readonly headers: Readonly<Record<string, string>> };
}

type BootFailed = Extract<RuntimeEvent, { readonly type: "boot.failed" }>;

type PhaseEvent = Extract<
  RuntimeEvent,
  { readonly type: "phase.started" | "phase.ended" | "phase.warning" }
>;

/** Writes a fatal error as another control plane takes it. */
export type FatalForm = (failed: BootFailed) => NonNullable<Message["route"]> & { body: object };

/** The message for an event, or null: most events are not sent. */
export function messageOf(
  event: RuntimeEvent,
  state: RuntimeState,
  sandboxId: string,
  fatalForm: FatalForm | null,
): Message | null {
  switch (event.type) {
    case "boot.failed":
      return { id: randomId(), kind: "error", sandboxId, ...fatalMessage(event, fatalForm) };
    case "phase.started":
    case "phase.ended":
    case "phase.warning":
      return { id: randomId(), kind: "phase", sandboxId, body: phaseBody(event, state) };
    case "boot.started":
    case "boot.seeded":
    case "boot.ready":
    case "boot.warm":
    case "adopt.started":
    case "adopt.failed":
    case "recovery.started":
    case "retry.started":
    case "runtime.frozen":
    case "runtime.resumed":
    case "shutdown.started":
    case "shutdown.ended":
      return stateMessage(event, state, sandboxId);
    default:
      return null;
  }
}

/** @returns the event, and the boot that its number counts in. */
function phaseBody(event: PhaseEvent, { startedAt, mode }: RuntimeState): object {
  return { boot: startedAt, mode, ...event };
}

function fatalMessage(failed: BootFailed, form: FatalForm | null): Pick<Message, "body" | "route"> {
  if (form !== null) {
    const { path, headers, body } = form(failed);
    return { body, route: { path, headers } };
  }
  const { phase, failure, readyByThen, at, ms } = failed;
  const error = `${phase} failed: ${failure.message}`;
  return { body: { error, fatal: true, at, ms, phase, failure, readyByThen } };
}

/** Tells how the sandbox stands after an event. */
export function stateMessage(
  { type, at, ms }: RuntimeEvent,
  state: RuntimeState,
  sandboxId: string,
): Message {
  const { status, mode, readyMs, warmMs, runtimeVersion, urls } = state;
  const { id: present, because } = presentOf(state);
  const body = {
    event: type,
    status,
    present,
    because,
    mode,
    readyMs,
    warmMs,
    urls,
    runtimeVersion,
    at,
    ms,
  };
  return { id: randomId(), kind: "state", sandboxId, body };
}

/** Whether an event ends a boot or an adopt, so that there is a report. */
export function endsBoot({ type }: RuntimeEvent): boolean {
  return (
    type === "boot.ready" ||
    type === "boot.seeded" ||
    type === "boot.failed" ||
    type === "adopt.failed"
  );
}

export function reportMessage(report: BootReport, sandboxId: string): Message {
  return { id: randomId(), kind: "report", sandboxId, body: report };
}

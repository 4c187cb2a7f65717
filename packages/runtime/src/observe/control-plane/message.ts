import { randomUUID } from "node:crypto";
import type { BootReport, RuntimeEvent, RuntimeState } from "../../protocol/index.ts";

/** Where below the sandbox's address a message goes, and what kind of news it is (docs/control-plane.md). */
export type MessageKind = "error" | "report" | "state";

/** One piece of news, as it lies in the spool. */
export interface Message {
  /** The same at every try: the receiver can tell a repetition by it. */
  readonly id: string;
  readonly kind: MessageKind;
  readonly sandboxId: string;
  readonly body: object;
}

/** What the control plane is told when this happens; most of what happens is nobody's business. */
export function messageOf(
  event: RuntimeEvent,
  state: RuntimeState,
  sandboxId: string,
): Message | null {
  switch (event.type) {
    case "boot.failed": {
      const { phase, failure, readyByThen, at, ms } = event;
      const error = `${phase} failed: ${failure.message}`;
      const body = { error, fatal: true, at, ms, phase, failure, readyByThen };
      return { id: randomUUID(), kind: "error", sandboxId, body };
    }
    case "boot.started":
    case "boot.seeded":
    case "boot.ready":
    case "adopt.started":
    case "adopt.failed":
    case "shutdown.started":
    case "shutdown.ended": {
      const { type: event_, at, ms } = event;
      const { status, mode, readyMs, runtimeVersion, urls } = state;
      const body = { event: event_, status, mode, readyMs, urls, runtimeVersion, at, ms };
      return { id: randomUUID(), kind: "state", sandboxId, body };
    }
    default:
      return null;
  }
}

/** Whether a boot or an adopt has ended here, so that there is a report of it. */
export function endsBoot({ type }: RuntimeEvent): boolean {
  return (
    type === "boot.ready" ||
    type === "boot.seeded" ||
    type === "boot.failed" ||
    type === "adopt.failed"
  );
}

export function reportMessage(report: BootReport, sandboxId: string): Message {
  return { id: randomUUID(), kind: "report", sandboxId, body: report };
}

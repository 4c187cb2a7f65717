import {
  describeCause,
  focusOf,
  formatDuration,
  type PresentCause,
  presentOf,
  presentWords,
  type RuntimeState,
} from "@sandboot/runtime/protocol";
import { isStale, type Snapshot } from "../store/snapshot.ts";
import type { Translate } from "./translate.ts";

export interface StatusBarModel {
  /** May hold codicons: `$(rocket) …`. */
  readonly text: string;
  readonly tooltip: string;
  readonly severity: "none" | "warning" | "error";
}

/** @returns Null when no runtime has ever answered: this may not be a sandbox. */
export function statusBar(snapshot: Snapshot, t: Translate): StatusBarModel | null {
  const { state, connection } = snapshot;
  if (connection.id === "incompatible") {
    return {
      text: `$(warning) ${t("Sandbox: update the extension")}`,
      tooltip: t("The runtime speaks protocol version {0}.", connection.schemaVersion),
      severity: "warning",
    };
  }
  if (state === null) return null;
  // A failed boot is more important than a lost connection.
  if (connection.id === "stale" && isStale(snapshot) && state.fatal === null) {
    return {
      text: `$(debug-disconnect) ${t("Sandbox: not connected")}`,
      tooltip: t("Out of date, because the connection was lost: {0}", connection.reason),
      severity: "warning",
    };
  }
  return ofState(state, t);
}

function ofState(state: RuntimeState, t: Translate): StatusBarModel {
  const plain = (text: string, tooltip: string): StatusBarModel => ({
    text,
    tooltip,
    severity: "none",
  });
  // After a failed boot the status becomes `stopping` and `stopped`. The failure stays more important.
  if (state.fatal !== null) {
    return {
      text: `$(error) ${presentOf(state).id === "recovering" ? t("Sandbox boot failed: mend and retry") : t("Sandbox boot failed")}`,
      tooltip: state.fatal.failure.message,
      severity: "error",
    };
  }
  const present = presentOf(state).id;
  if (present === "spent") {
    return {
      text: `$(error) ${t("Sandbox spent")}`,
      tooltip: t("A binding failed and could not be undone. This seed takes no other."),
      severity: "error",
    };
  }
  if (present === "frozen") {
    return plain(
      `$(debug-pause) ${t("Sandbox frozen")}`,
      t("Prompts are refused until somebody thaws it"),
    );
  }
  switch (state.status) {
    case "idle":
      return plain(`$(sync~spin) ${t("Sandbox")}`, t("The boot has not begun"));
    case "booting": {
      const running = state.phases.filter(({ status }) => status === "running");
      const ended = state.phases.filter(({ endMs }) => endMs !== null).length;
      const current = running.at(-1)?.title ?? t(presentWords.booting);
      return plain(
        `$(sync~spin) ${t("Sandbox")}: ${current}`,
        t("{0} of {1} phases have ended", ended, state.phases.length),
      );
    }
    case "seeded":
      return plain(`$(rocket) ${t("Sandbox seeded")}`, t("Waiting for its repository"));
    case "ready":
      return ofReady(state, t);
    case "failed":
    case "recovering":
      return plain(`$(error) ${t("Sandbox boot failed")}`, "");
    case "stopping":
      return plain(`$(sync~spin) ${t("Sandbox stopping")}`, "");
    case "stopped":
      return plain(`$(circle-slash) ${t("Sandbox stopped")}`, "");
    default:
      state.status satisfies never;
      return plain(t("Sandbox"), String(state.status));
  }
}

function ofReady(state: RuntimeState, t: Translate): StatusBarModel {
  const { id, because } = presentOf(state);
  const causes = because.map((cause) => causeText(cause, t));
  if (id === "refusing") {
    return {
      text: `$(error) ${t("Sandbox refuses prompts")}`,
      tooltip: causes.join(", "),
      severity: "error",
    };
  }
  if (id === "degraded") {
    return {
      text: `$(warning) ${t("Sandbox degraded: {0}", causes.join(", "))}`,
      tooltip: t("Prompts are let in, and a part does not work"),
      severity: "warning",
    };
  }
  const { readyMs } = focusOf(state);
  const took = readyMs === null ? "" : ` ${formatDuration(readyMs)}`;
  return {
    text: `$(rocket) ${t("Sandbox ready")}${took}`,
    tooltip:
      id === "warm"
        ? t("Warm: the next answer comes as fast as any")
        : t("Show boot and processes"),
    severity: "none",
  };
}

function causeText(cause: PresentCause, t: Translate): string {
  const { name, word, reason } = describeCause(cause);
  return reason === null ? `${name} ${t(word)}` : `${name} ${t(word)}: ${reason}`;
}

/** The badge: how many parts keep the sandbox from being ready, and which, for its tooltip. */
export function badge(
  { state }: Snapshot,
  t: Translate,
): { count: number; tooltip: string } | null {
  const because = state === null ? [] : presentOf(state).because;
  return because.length === 0
    ? null
    : { count: because.length, tooltip: because.map((cause) => causeText(cause, t)).join(", ") };
}

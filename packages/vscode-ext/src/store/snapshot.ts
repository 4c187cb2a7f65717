import type { RuntimeState } from "@sandboot/runtime/protocol";
import type { BootSummary } from "../model/history.ts";

/** A place where a runtime was looked for, and what was there. */
export interface Attempt {
  /** A socket's path or a URL. */
  readonly place: string;
  readonly problem: string;
}

/**
 * ```
 * searching ──▶ live ◀──▶ stale        stale: what is shown was true when the line broke
 *     │          ▲ │
 *     ▼          │ ▼
 * unreachable ───┘ incompatible
 * ```
 */
export type Connection =
  | { readonly id: "searching" }
  | { readonly id: "live"; readonly place: string }
  | {
      readonly id: "stale";
      readonly place: string;
      readonly reason: string;
      /** When the line broke, as `Date.now()` counts. */
      readonly lostAtMs: number;
    }
  | { readonly id: "unreachable"; readonly attempts: readonly Attempt[] }
  | { readonly id: "incompatible"; readonly place: string; readonly schemaVersion: number };

/** Everything that the views show; never changed, only replaced. */
export interface Snapshot {
  readonly connection: Connection;
  /** Null until a runtime has answered. */
  readonly state: RuntimeState | null;
  /** Earlier boots of this sandbox, oldest first; the current one is not among them. */
  readonly history: readonly BootSummary[];
}

/** Whether a boot is under way before our eyes: what runs is longer at every look. */
export function isBooting({ connection, state }: Snapshot): boolean {
  return state?.status === "booting" && connection.id === "live";
}

/** Whether what is shown may not be so any more. A runtime that has said goodbye has nothing left that could change. */
export function isStale({ connection, state }: Snapshot): boolean {
  return connection.id === "stale" && state?.status !== "stopped";
}

/**
 * Milliseconds since the runtime's process started, which is what its monotonic clock counts. Stands still while the
 * line is broken: nobody knows what still runs.
 *
 * @param wallMs `Date.now()`
 */
export function runtimeNowMs({ connection, state }: Snapshot, wallMs: number): number {
  if (state === null) return 0;
  const nowMs = connection.id === "stale" ? connection.lostAtMs : wallMs;
  // Two clocks may disagree; nothing that was told has happened in the future.
  const told = state.phases.flatMap(({ startMs, endMs }) => [startMs ?? 0, endMs ?? 0]);
  return Math.max(nowMs - Date.parse(state.startedAt), 0, ...told);
}

export const emptySnapshot: Snapshot = {
  connection: { id: "searching" },
  state: null,
  history: [],
};

import { type RuntimeState, runtimeNowMs } from "@sandboot/runtime/protocol";
import type { ReadyBoot } from "./history.ts";

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
  readonly history: readonly ReadyBoot[];
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
 * The runtime's clock: milliseconds since its process started. It stands still while the connection is broken, because
 * nobody knows what still runs.
 *
 * @param wallMs `Date.now()`
 */
export function snapshotNowMs({ connection, state }: Snapshot, wallMs: number): number {
  if (state === null) return 0;
  return runtimeNowMs(state, connection.id === "stale" ? connection.lostAtMs : wallMs);
}

export const emptySnapshot: Snapshot = {
  connection: { id: "searching" },
  state: null,
  history: [],
};

import { type RuntimeState, runtimeNowMs } from "@sandboot/runtime/protocol";
import type { ReadyBoot } from "./history.ts";

/** A failed attempt to connect to a runtime. */
export interface Attempt {
  /** A socket's path or a URL. */
  readonly place: string;
  readonly problem: string;
}

/**
 * ```
 * searching ──▶ live ◀──▶ stale        stale: the state is that of the moment when the connection was lost
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
      /** `Date.now()` when the connection was lost. */
      readonly lostAtMs: number;
    }
  | { readonly id: "unreachable"; readonly attempts: readonly Attempt[] }
  | { readonly id: "incompatible"; readonly place: string; readonly schemaVersion: number };

/** Everything that the views show. Immutable. */
export interface Snapshot {
  readonly connection: Connection;
  /** Null until a runtime has answered. */
  readonly state: RuntimeState | null;
  /** The boots on record at this runtime that became ready, oldest first. */
  readonly history: readonly ReadyBoot[];
}

/** Whether a phase runs and the runtime is connected, so that times grow. Late phases run on when the boot has ended. */
export function isGrowing({ connection, state }: Snapshot): boolean {
  const isRunning = state?.phases.some(({ status }) => status === "running") === true;
  return isRunning && connection.id === "live";
}

/** Whether the state may be out of date. After a clean shutdown it is not: nothing can change any more. */
export function isStale({ connection, state }: Snapshot): boolean {
  return connection.id === "stale" && state?.status !== "stopped";
}

/**
 * The runtime's clock: milliseconds since its process started. It stops while the connection is lost, because it is not
 * known what still runs.
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

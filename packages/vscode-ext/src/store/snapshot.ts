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
  | { readonly id: "stale"; readonly place: string; readonly reason: string }
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

export const emptySnapshot: Snapshot = {
  connection: { id: "searching" },
  state: null,
  history: [],
};

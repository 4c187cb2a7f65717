import {
  type BootSummary,
  type RuntimeEvent,
  type RuntimeState,
  reduceState,
  SCHEMA_VERSION,
} from "@sandboot/runtime/protocol";
import { type ReadyBoot, readyBoots } from "./history.ts";
import { type Attempt, type Connection, emptySnapshot, type Snapshot } from "./snapshot.ts";

/** A change of the snapshot. */
export type Change =
  | { readonly type: "searching" }
  /** A runtime sent its whole state: on a new connection, or because events were missed. */
  | { readonly type: "state"; readonly place: string; readonly state: RuntimeState }
  | { readonly type: "event"; readonly event: RuntimeEvent }
  /** The stream of events is open again. No event was missed. */
  | { readonly type: "resumed"; readonly place: string }
  | {
      readonly type: "lost";
      readonly place: string;
      readonly reason: string;
      readonly atMs: number;
    }
  | { readonly type: "unreachable"; readonly attempts: readonly Attempt[]; readonly atMs: number }
  /** What the runtime has on record. */
  | { readonly type: "history"; readonly boots: readonly BootSummary[] };

const NONE: readonly ReadyBoot[] = [];

/** Folds a change into a snapshot. Pure: returns a new snapshot. */
export function reduceSnapshot(snapshot: Snapshot, change: Change): Snapshot {
  switch (change.type) {
    case "searching":
      return snapshot.state === null ? { ...snapshot, connection: { id: "searching" } } : snapshot;
    case "state": {
      const { place, state } = change;
      // A reader of this version would misread the state of a higher one.
      if (state.schemaVersion > SCHEMA_VERSION) {
        const { schemaVersion } = state;
        return {
          ...snapshot,
          state: null,
          connection: { id: "incompatible", place, schemaVersion },
        };
      }
      // Another runtime has a record of its own.
      const history = isSameBoot(snapshot.state, state) ? snapshot.history : NONE;
      return { connection: { id: "live", place }, state, history };
    }
    case "event": {
      const { state } = snapshot;
      // A resumed stream may repeat events that the state already includes.
      if (state === null || change.event.seq <= state.seq) return snapshot;
      return { ...snapshot, state: reduceState(state, change.event) };
    }
    case "resumed":
      return snapshot.state === null
        ? snapshot
        : { ...snapshot, connection: { id: "live", place: change.place } };
    case "lost": {
      const { place, reason, atMs } = change;
      return snapshot.state === null
        ? { ...snapshot, connection: { id: "unreachable", attempts: [{ place, problem: reason }] } }
        : { ...snapshot, connection: stale(snapshot, place, reason, atMs) };
    }
    case "unreachable": {
      const { attempts, atMs } = change;
      if (snapshot.state === null) {
        return { ...snapshot, connection: { id: "unreachable", attempts } };
      }
      const [first] = attempts;
      const [place, reason] = [first?.place ?? "", first?.problem ?? ""];
      return { ...snapshot, connection: stale(snapshot, place, reason, atMs) };
    }
    case "history": {
      const history = readyBoots(change.boots);
      return history.length === 0 && snapshot.history.length === 0
        ? snapshot
        : { ...snapshot, history };
    }
    default:
      change satisfies never;
      return snapshot;
  }
}

/** Keeps the time of the first loss when further attempts fail. */
function stale(
  { connection }: Snapshot,
  place: string,
  reason: string,
  atMs: number,
): Connection & { readonly id: "stale" } {
  const lostAtMs = connection.id === "stale" ? connection.lostAtMs : atMs;
  return { id: "stale", place, reason, lostAtMs };
}

function isSameBoot(old: RuntimeState | null, state: RuntimeState): boolean {
  return old === null || old.startedAt === state.startedAt;
}

export type SnapshotListener = (snapshot: Snapshot, before: Snapshot) => void;

/** Holds the snapshot and tells listeners of changes. Synchronous: `dispatch` returns when all have been called. */
export class Store {
  readonly #listeners = new Set<SnapshotListener>();
  #snapshot: Snapshot = emptySnapshot;

  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  dispatch(change: Change): void {
    const before = this.#snapshot;
    const after = reduceSnapshot(before, change);
    if (after === before) return;
    this.#snapshot = after;
    for (const listener of [...this.#listeners]) listener(after, before);
  }

  /** @returns A function that ends the subscription. */
  subscribe(listener: SnapshotListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

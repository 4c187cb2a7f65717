import {
  type RuntimeEvent,
  type RuntimeState,
  reduceState,
  SCHEMA_VERSION,
} from "@sandboot/runtime/protocol";
import { type ReadyBoot, remember, summaryOf } from "./history.ts";
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
  | { readonly type: "history"; readonly boots: readonly ReadyBoot[]; readonly size: number };

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
      const history = isSameBoot(snapshot.state, state)
        ? snapshot.history
        : withBoot(snapshot.history, snapshot.state);
      return {
        connection: { id: "live", place },
        state,
        history: history.filter((boot) => boot.startedAt !== state.startedAt),
      };
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
      const current = snapshot.state?.startedAt;
      const boots = change.boots.filter((boot) => boot.startedAt !== current);
      return { ...snapshot, history: boots.slice(Math.max(0, boots.length - change.size)) };
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

/** Adds the boot of a runtime that has been replaced by another, if it was ready. */
function withBoot(history: readonly ReadyBoot[], state: RuntimeState | null): readonly ReadyBoot[] {
  const summary = state === null ? null : summaryOf(state);
  return summary === null ? history : remember(history, summary, Number.POSITIVE_INFINITY);
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

import {
  type RuntimeEvent,
  type RuntimeState,
  reduceState,
  SCHEMA_VERSION,
} from "@sandboot/runtime/protocol";
import { type ReadyBoot, remember, summaryOf } from "./history.ts";
import { type Attempt, type Connection, emptySnapshot, type Snapshot } from "./snapshot.ts";

/** What can happen to the panel's picture of the world. */
export type Change =
  | { readonly type: "searching" }
  /** A runtime answered with its whole state: the first time, or because events were missed. */
  | { readonly type: "state"; readonly place: string; readonly state: RuntimeState }
  | { readonly type: "event"; readonly event: RuntimeEvent }
  /** The stream of events is open again, nothing was missed. */
  | { readonly type: "resumed"; readonly place: string }
  | {
      readonly type: "lost";
      readonly place: string;
      readonly reason: string;
      readonly atMs: number;
    }
  | { readonly type: "unreachable"; readonly attempts: readonly Attempt[]; readonly atMs: number }
  | { readonly type: "history"; readonly boots: readonly ReadyBoot[]; readonly size: number };

/** The one fold of changes into what is shown. Pure: the snapshot that goes in stays as it was. */
export function reduceSnapshot(snapshot: Snapshot, change: Change): Snapshot {
  switch (change.type) {
    case "searching":
      return snapshot.state === null ? { ...snapshot, connection: { id: "searching" } } : snapshot;
    case "state": {
      const { place, state } = change;
      // A higher version says that we would misread it; showing half of it would be a guess.
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
      // What the state already holds may come once more when a stream resumes.
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

/** What is looked for in vain again and again was lost the first time. */
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

/** A runtime that was started again: what its former boot came to is worth comparing with. */
function withBoot(history: readonly ReadyBoot[], state: RuntimeState | null): readonly ReadyBoot[] {
  const summary = state === null ? null : summaryOf(state);
  return summary === null ? history : remember(history, summary, Number.POSITIVE_INFINITY);
}

export type SnapshotListener = (snapshot: Snapshot, before: Snapshot) => void;

/** Holds the snapshot; views listen. Synchronous: all have seen a change before `dispatch` returns. */
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

  /** @returns The call that ends it. */
  subscribe(listener: SnapshotListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

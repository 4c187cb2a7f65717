import type { Snapshot } from "../../src/store/snapshot.ts";
import type { Store } from "../../src/store/store.ts";

/** Resolves with the first snapshot, present or future, that `is` accepts. */
export function until(store: Store, is: (snapshot: Snapshot) => boolean): Promise<Snapshot> {
  return new Promise((resolve) => {
    const leave = store.subscribe(look);
    look(store.snapshot);
    function look(snapshot: Snapshot) {
      if (!is(snapshot)) return;
      leave();
      resolve(snapshot);
    }
  });
}

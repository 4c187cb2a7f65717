import type { Memento } from "vscode";
import { type ReadyBoot, remember, summaryOf } from "../store/history.ts";
import type { Store } from "../store/store.ts";

const HISTORY_KEY = "sandboot.history";

/** Stores every boot that becomes ready, for comparison with later ones. */
export function keepHistory(memory: Memento, store: Store, size: () => number): () => void {
  const read = () => memory.get<ReadyBoot[]>(HISTORY_KEY, []);
  store.dispatch({ type: "history", boots: read(), size: size() });
  return store.subscribe(({ state }, before) => {
    if (state === null || state.status !== "ready") return;
    // Late phases end after the boot is ready.
    const same = before.state?.status === "ready" && before.state.phases === state.phases;
    const summary = same ? null : summaryOf(state);
    if (summary === null) return;
    const boots = remember(read(), summary, size());
    void memory.update(HISTORY_KEY, boots);
    store.dispatch({ type: "history", boots, size: size() });
  });
}

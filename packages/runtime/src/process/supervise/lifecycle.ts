import type { State } from "./state.ts";

/** The present state of one managed process, and who wants to know when it changes. */
export class Lifecycle {
  readonly #listeners = new Set<() => void>();
  #current: State = { id: "idle" };

  get current(): State {
    return this.#current;
  }

  become(state: State): void {
    this.#current = state;
    for (const listener of [...this.#listeners]) listener();
  }

  /** Calls `listener` at every change from now on. @returns the call that ends this. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

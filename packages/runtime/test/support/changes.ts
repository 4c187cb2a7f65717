/** For helpers that record what happens, so that tests can wait until the record fits. */
export class Changes {
  readonly #waiting = new Set<() => void>();

  /** Call this after each change of the record. */
  notify(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  /** Resolves as soon as `holds` returns true. It is called now and after each change. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await this.next();
  }

  /** Resolves at the next change. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake);
        resolve();
      };
      this.#waiting.add(wake);
    });
  }
}

/** Runs so many tasks at once, in the order in which they were given. */
export class Pool<T> {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(atOnce: number) {
    this.#free = atOnce;
  }

  /** The promise may be awaited late: until then its rejection is nobody's fault. */
  run(task: () => Promise<T>): Promise<T> {
    const result = this.#run(task);
    result.catch(() => {});
    return result;
  }

  async #run(task: () => Promise<T>): Promise<T> {
    if (this.#free === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#free -= 1;
    try {
      return await task();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}

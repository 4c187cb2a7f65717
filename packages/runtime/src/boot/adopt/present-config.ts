import type { Config } from "../../config/config.ts";

/** Is told when another configuration holds. */
export type ConfigListener = (config: Config) => void;

/**
 * The configuration that holds now: at first that of the boot, and in a seed later the same with a tenant's binding on it.
 * Doors and processes look here when they need a token or start.
 */
export class PresentConfig {
  #own: Config;
  readonly #listeners = new Set<ConfigListener>();
  #current: Config;

  constructor(own: Config) {
    this.#own = own;
    this.#current = own;
  }

  get current(): Config {
    return this.#current;
  }

  /** The boot has added to its own configuration what it has found out. */
  begin(own: Config): void {
    this.#own = own;
    this.#current = own;
  }

  bind(config: Config): void {
    this.#become(config);
  }

  /** Back to the seed's own. */
  release(): void {
    this.#become(this.#own);
  }

  /** @returns the call that ends this. */
  subscribe(listener: ConfigListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #become(config: Config): void {
    this.#current = config;
    for (const listener of this.#listeners) listener(config);
  }
}

import { changedPaths, type Fingerprint, fingerprint, type StagePool } from "@sandboot/stager";
import type { AgentDriver, AgentPaths } from "./driver.ts";

export interface ReadSetChange {
  /** What is not as it was when the process started. */
  readonly changed: readonly string[];
  /** Those of them that it will not read again by itself. */
  readonly outdated: readonly string[];
}

/** What the agent's process read at its start, and whether that still holds (C4). */
export class AgentReads {
  readonly #agent: AgentDriver;
  readonly #paths: AgentPaths;
  readonly #pool: StagePool;
  #atStart: Fingerprint = {};

  constructor(agent: AgentDriver, paths: AgentPaths, pool: StagePool) {
    this.#agent = agent;
    this.#paths = paths;
    this.#pool = pool;
  }

  /** To be called before the process starts, so that no change can fall between its reading and ours. */
  async remember(signal: AbortSignal): Promise<void> {
    this.#atStart = await this.#look(signal);
  }

  async compare(signal: AbortSignal): Promise<ReadSetChange> {
    const changed = changedPaths(this.#atStart, await this.#look(signal));
    const outdated = changed.filter((path) => !this.#agent.readsAgain(path, this.#paths));
    return { changed, outdated };
  }

  #look(signal: AbortSignal): Promise<Fingerprint> {
    return fingerprint({ pool: this.#pool, paths: this.#agent.readSet(this.#paths), signal });
  }
}

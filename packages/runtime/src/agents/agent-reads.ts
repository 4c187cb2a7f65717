import { changedPaths, type Fingerprint, fingerprint, type StagePool } from "@sandboot/stager";
import type { AgentDriver, AgentPaths } from "./driver.ts";

export interface ReadSetChange {
  /** Files and folders that differ from what they were when the process started. */
  readonly changed: readonly string[];
  /** Those that the process will not read again. */
  readonly outdated: readonly string[];
}

/** The agent, and the folders that it is started with. */
export interface AgentReader {
  readonly driver: Pick<AgentDriver, "readSet" | "readsAgain">;
  readonly paths: AgentPaths;
}

/** What the agent's process read at its start, and whether that still holds (C4). */
export class AgentReads {
  readonly #agent: () => AgentReader;
  readonly #pool: StagePool;
  #atStart: Fingerprint = {};
  /** What was there when the process was warmed up; null while it is cold. */
  #atWarmUp: Fingerprint | null = null;

  /** @param agent - The agent as its config is now. */
  constructor(agent: () => AgentReader, pool: StagePool) {
    this.#agent = agent;
    this.#pool = pool;
  }

  /** Call it before the process starts: a change between the two reads would not be noticed. */
  async remember(signal: AbortSignal): Promise<void> {
    this.#atWarmUp = null;
    this.#atStart = await this.#look(signal);
  }

  /** To be called before the process is warmed up: some of what it reads for that it remembers, too. */
  async rememberWarmUp(signal: AbortSignal): Promise<void> {
    this.#atWarmUp = await this.#look(signal);
  }

  async compare(signal: AbortSignal): Promise<ReadSetChange> {
    const now = await this.#look(signal);
    const changed = changedPaths(this.#atStart, now);
    const { driver, paths } = this.#agent();
    const changedSinceWarmUp = this.#atWarmUp === null ? [] : changedPaths(this.#atWarmUp, now);
    const outdated = new Set([
      ...changed.filter((path) => !driver.readsAgain(path, paths, false)),
      ...changedSinceWarmUp.filter((path) => !driver.readsAgain(path, paths, true)),
    ]);
    return { changed, outdated: [...outdated] };
  }

  #look(signal: AbortSignal): Promise<Fingerprint> {
    const { driver, paths } = this.#agent();
    return fingerprint({ pool: this.#pool, paths: driver.readSet(paths), signal });
  }
}

/** One boot, measured. Milliseconds from the moment before the process was spawned, unless it says otherwise. */
export interface BootSample {
  /** OpenCode answers; null where it did before the clock started. */
  readonly listeningMs: number | null;
  /** `POST /session` for the repository was answered: the agent is ready. */
  readonly sessionMs: number;
  /** The whole boot said that it is ready, seen from outside; null for a bare agent, which has nothing to say. */
  readonly readyMs: number | null;
  /** The runtime's own clock: its process start until the agent was spawned; null for a bare agent. */
  readonly spawnedMs: number | null;
  /** The runtime's own report, by phase: milliseconds each phase took. Empty for a bare agent. */
  readonly phases: Readonly<Record<string, number>>;
}

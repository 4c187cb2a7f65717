/** How long a process that is being ended may take to exit by itself. */
export interface Grace {
  /** Milliseconds between SIGTERM and SIGKILL. */
  readonly graceMs: number;
  /** Cuts the grace period short when it is aborted, by a second Ctrl-C for example. */
  readonly hurry: AbortSignal;
}

/** For programs that have nothing to clean up, such as one that only prints its version. */
export const NO_GRACE: Grace = { graceMs: 0, hurry: new AbortController().signal };

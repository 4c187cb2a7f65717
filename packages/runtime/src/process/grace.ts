/** How much time whatever is ended gets to end by itself. */
export interface Grace {
  /** Milliseconds between TERM and KILL. */
  readonly graceMs: number;
  /** Cuts it short when it is aborted: a person is in a hurry. */
  readonly hurry: AbortSignal;
}

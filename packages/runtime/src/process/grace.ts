/** How much time whatever is ended gets to end by itself. */
export interface Grace {
  /** Milliseconds between TERM and KILL. */
  readonly graceMs: number;
  /** Cuts it short when it is aborted: a person is in a hurry. */
  readonly hurry: AbortSignal;
}

/** For what has nothing to put in order, such as a program that is only asked something. */
export const NO_GRACE: Grace = { graceMs: 0, hurry: new AbortController().signal };

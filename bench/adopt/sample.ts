/** One seed that was bound, or the same work by hand. */
export interface AdoptSample {
  /** From the request until prompts are let in. */
  readonly readyMs: number;
  /** What of that is neither sync nor hook. */
  readonly beyondMs: number;
  /** From the request until the end of the first answer; 0 where nothing answers. */
  readonly untilFirstMs: number;
  /** Memory of the seed before: the runtime's and the agent's, shared pages divided (PSS). 0 by hand. */
  readonly runtimeMiB: number;
  readonly agentMiB: number;
}

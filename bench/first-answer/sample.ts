/** One start and six prompts, measured: milliseconds. */
export interface AnswerSample {
  /** From the start of the process, or of the script, until prompts were let in. */
  readonly readyMs: number;
  /** From the first prompt until the end of its answer. */
  readonly firstMs: number;
  /** From the start, as above, until the end of the first answer. Of an adopt: from the request. */
  readonly untilFirstMs: number;
  /** Median of five more prompts, one after the other, each until the end of its answer. */
  readonly steadyMs: number;
}

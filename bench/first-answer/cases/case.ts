import type { Contender } from "../../lib/alternate.ts";
import type { AnswerBench } from "../contenders/options.ts";
import type { AnswerSample } from "../sample.ts";

/** What is held against what. Each case is one file of this folder, listed in `index.ts`. */
export interface AnswerCase {
  readonly name: string;
  readonly title: string;
  readonly contenders: (bench: AnswerBench) => Promise<readonly Contender<AnswerSample>[]>;
  /** The contender that the others are divided by. */
  readonly baseline: string;
}

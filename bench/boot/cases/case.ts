import type { AnswerCase } from "../../first-answer/cases/case.ts";
import type { Contender } from "../../lib/alternate.ts";
import type { BootSample } from "../sample.ts";
import type { Workbench } from "../workbench.ts";

/** What is held against what. Each case is one file of this folder, listed in `index.ts`. */
export interface BootCase {
  readonly name: string;
  readonly title: string;
  /** Made once for a benchmark; what they start for all runs goes onto `resources`, which ends it afterwards. */
  readonly contenders: (
    workbench: Workbench,
    resources: AsyncDisposableStack,
  ) => Promise<readonly Contender<BootSample>[]>;
  /** The ratio is `measured` ÷ `baseline`, by the medians of their session times. */
  readonly baseline: string;
  readonly measured: string;
  /** What is measured after it: the same, to the first answer. */
  readonly answers?: AnswerCase;
  /** A phase by whose duration they are compared, too. */
  readonly phase?: string;
}

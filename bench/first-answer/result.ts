import { describeMachine } from "../lib/machine.ts";
import { median, pairedRatio } from "../lib/stats.ts";
import { formatMs, formatTable } from "../lib/table.ts";
import type { AnswerCase } from "./cases/case.ts";
import type { AnswerSample } from "./sample.ts";

type Samples = ReadonlyMap<string, readonly AnswerSample[]>;

/**
 * What `--out` writes.
 *
 * @throws RangeError when a contender has no sample
 */
export function evaluate(answerCase: Pick<AnswerCase, "name" | "baseline">, samples: Samples) {
  const baseline = samples.get(answerCase.baseline) ?? [];
  return {
    schemaVersion: 1,
    case: answerCase.name,
    machine: describeMachine(),
    contenders: Object.fromEntries(
      [...samples].map(([contender, taken]) => [contender, ratiosOf(taken, baseline)]),
    ),
    samples: Object.fromEntries(samples),
  };
}

function ratiosOf(taken: readonly AnswerSample[], baseline: readonly AnswerSample[]) {
  const of = (key: keyof AnswerSample) => taken.map((sample) => sample[key]);
  return {
    readyMs: median(of("readyMs")),
    firstMs: median(of("firstMs")),
    steadyMs: median(of("steadyMs")),
    untilFirstMs: median(of("untilFirstMs")),
    /** First answer ÷ steady answer, each in the same run; 0 for a contender that answers nothing. */
    firstToSteady: median(
      taken.map(({ firstMs, steadyMs }) => (steadyMs === 0 ? 0 : firstMs / steadyMs)),
    ),
    /** Start → first answer, ÷ the baseline's in the same round. */
    untilFirstToBaseline: pairedRatio(
      of("untilFirstMs"),
      baseline.map(({ untilFirstMs }) => untilFirstMs),
    ),
  };
}

export function renderTable({ contenders }: ReturnType<typeof evaluate>, baseline: string): string {
  const head = [
    "medians",
    "ready",
    "first answer",
    "steady answer",
    "first / steady",
    "start → first answer",
    `÷ ${baseline}`,
  ];
  const rows = Object.entries(contenders).map(([contender, ratios]) => [
    contender,
    formatMs(ratios.readyMs),
    ratios.firstMs === 0 ? "" : formatMs(ratios.firstMs),
    ratios.steadyMs === 0 ? "" : formatMs(ratios.steadyMs),
    ratios.firstToSteady === 0 ? "" : ratios.firstToSteady.toFixed(2),
    formatMs(ratios.untilFirstMs),
    ratios.untilFirstToBaseline.toFixed(3),
  ]);
  return formatTable(head, rows);
}

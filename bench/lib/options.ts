import { parseArgs } from "node:util";

/** What every benchmark is told on its command line. */
export interface BenchOptions {
  /** How often each contender runs, warm-ups not counted. */
  readonly runs: number;
  /** Where to write the JSON, if anywhere. */
  readonly out: string | null;
  /** Which case of the benchmark. */
  readonly caseName: string;
}

/**
 * Reads `--runs N`, `--out FILE` and `--case NAME`.
 *
 * @throws Error that names the flag, what was found and what was expected
 */
export function parseBenchOptions(
  args: readonly string[],
  cases: readonly string[],
  defaultRuns = 10,
): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      runs: { type: "string", default: String(defaultRuns) },
      out: { type: "string" },
      case: { type: "string", default: cases[0] ?? "" },
    },
  });
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1) {
    throw new Error(`--runs: expected a whole number above 0, found "${values.runs}"`);
  }
  if (!cases.includes(values.case)) {
    throw new Error(`--case: expected one of ${cases.join(", ")}, found "${values.case}"`);
  }
  return { runs, out: values.out ?? null, caseName: values.case };
}

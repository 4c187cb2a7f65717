import type { Check, CheckContext, Finding } from "./check.ts";

export interface Diagnosis {
  readonly check: string;
  readonly findings: readonly Finding[];
}

/** Runs all checks at once. One that fails itself is a finding, too; those with nothing to say are left out. */
export async function examine(
  checks: readonly Check[],
  context: CheckContext,
): Promise<readonly Diagnosis[]> {
  const diagnoses = await Promise.all(
    checks.map(async ({ id, run }): Promise<Diagnosis> => {
      try {
        return { check: id, findings: await run(context) };
      } catch (error) {
        const message = `this check did not work: ${(error as Error).message}`;
        return { check: id, findings: [{ status: "warn", message, hint: "look at it by hand" }] };
      }
    }),
  );
  return diagnoses.filter(({ findings }) => findings.length > 0);
}

/** Whether a boot can work: nothing failed. Warnings are allowed. */
export function isHealthy(diagnoses: readonly Diagnosis[]): boolean {
  return diagnoses.every(({ findings }) => findings.every(({ status }) => status !== "fail"));
}

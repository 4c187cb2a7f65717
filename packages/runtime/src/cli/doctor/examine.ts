import { messageOf } from "../../base/failed.ts";
import type { Check, CheckContext, Finding } from "./check.ts";

export interface Diagnosis {
  readonly check: string;
  readonly findings: readonly Finding[];
}

/** Runs all checks at once. A check that throws is a finding, too. Checks without a finding are left out. */
export async function examine(
  checks: readonly Check[],
  context: CheckContext,
): Promise<readonly Diagnosis[]> {
  const diagnoses = await Promise.all(
    checks.map(async ({ id, run }): Promise<Diagnosis> => {
      try {
        return { check: id, findings: await run(context) };
      } catch (error) {
        const message = `the check itself failed: ${messageOf(error)}`;
        return { check: id, findings: [{ status: "warn", message, hint: "check it by hand" }] };
      }
    }),
  );
  return diagnoses.filter(({ findings }) => findings.length > 0);
}

/** Whether a boot can work: no check has failed. Warnings are allowed. */
export function isHealthy(diagnoses: readonly Diagnosis[]): boolean {
  return diagnoses.every(({ findings }) => findings.every(({ status }) => status !== "fail"));
}

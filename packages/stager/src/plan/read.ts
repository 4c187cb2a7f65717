import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type * as z from "zod";
import { StageBuildError } from "../build/error.ts";
import { type StagePlan, stagePlanSchema } from "./schema.ts";

export interface LoadedPlan {
  readonly plan: StagePlan;
  /** Folder that the plan's paths are relative to. */
  readonly root: string;
}

/**
 * Reads a stage plan.
 *
 * @throws {@link StageBuildError} that names the file and every key that is wrong.
 */
export async function readPlan(file: string): Promise<LoadedPlan> {
  const path = resolve(file);
  let input: unknown;
  try {
    input = JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new StageBuildError(path, code === "ENOENT" ? "there is no such plan" : message);
  }
  const parsed = stagePlanSchema.safeParse(input);
  if (!parsed.success)
    throw new StageBuildError(path, parsed.error.issues.map(describe).join("; "));
  return { plan: parsed.data, root: dirname(path) };
}

function describe(issue: z.core.$ZodIssue): string {
  const key = issue.path.map(String).join(".");
  return key === "" ? issue.message : `${key}: ${issue.message}`;
}

import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type * as z from "zod";
import { StagePlanError } from "../build-error.ts";
import { isOutOfDescriptors, sayLimit } from "../descriptors.ts";
import { type StagePlan, stagePlanSchema } from "./schema.ts";

export interface LoadedPlan {
  readonly plan: StagePlan;
  /** The folder for the plan's relative paths. */
  readonly root: string;
}

/**
 * Reads a stage plan.
 *
 * @throws {@link StagePlanError} that names the file and every wrong key, with the value found.
 */
export async function readPlan(file: string): Promise<LoadedPlan> {
  const path = resolve(file);
  let input: unknown;
  try {
    input = JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    if (isOutOfDescriptors(error)) throw sayLimit(error);
    const { code, message } = error as NodeJS.ErrnoException;
    throw new StagePlanError(path, code === "ENOENT" ? "the file does not exist" : message);
  }
  const parsed = stagePlanSchema.safeParse(input);
  if (!parsed.success) {
    const issues = parsed.error.issues.map((issue) => describe(issue, input));
    throw new StagePlanError(path, issues.join("; "));
  }
  return { plan: parsed.data, root: dirname(path) };
}

/** `entries.0.to (of "tool/*.js"): expected …, found "../tool"`. */
function describe(issue: z.core.$ZodIssue, input: unknown): string {
  const key = issue.path.map(String).join(".");
  if (key === "") return issue.message;
  const from = valueAt(input, [...issue.path.slice(0, 2), "from"]);
  const whose = typeof from === "string" ? ` (of "${from}")` : "";
  const found = JSON.stringify(valueAt(input, issue.path));
  return `${key}${whose}: ${issue.message}, found ${found ?? "nothing"}`;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null
        ? (value as Record<PropertyKey, unknown>)[key]
        : undefined,
    input,
  );
}

import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import * as z from "zod";

const gateSchema = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*(=.*)?$/)
  .describe(
    "Installed only when this environment name is set, or has this value: NAME or NAME=value.",
  );

/** Path inside the stage: relative, no `..`. */
const insideSchema = z
  .string()
  .min(1)
  .refine(
    (path) => !path.startsWith("/") && !path.split("/").includes(".."),
    "a path inside the stage",
  );

const entrySchema = z.strictObject({
  from: z.string().min(1).describe("File, folder or glob, relative to the plan."),
  to: insideSchema.describe("Where it goes; ends with / when from is a glob."),
  kind: z.enum(["link", "copy", "tree"]).default("copy"),
  required: z.boolean().default(true),
  gate: gateSchema.optional(),
  mode: z
    .string()
    .regex(/^0?[0-7]{3}$/)
    .optional()
    .describe("Octal mode of its files."),
  exclude: z.array(z.string()).default([]),
  isolation: z.enum(["shared", "private"]).default("shared"),
});

const npmSchema = z.strictObject({
  from: z.string().describe("Folder with package.json and package-lock.json."),
  to: insideSchema,
  seed: insideSchema
    .optional()
    .describe("A second folder that gets the same dependencies by link."),
});

export const stagePlanSchema = z.strictObject({
  $schema: z.string().optional(),
  agentVersion: z.string().optional(),
  npm: z.array(npmSchema).default([]),
  entries: z.array(entrySchema).default([]),
});
export type StagePlan = z.infer<typeof stagePlanSchema>;
export type PlanEntry = StagePlan["entries"][number];

/** Reads a plan; gives back the folder that its paths are relative to. */
export async function readPlan(file: string): Promise<{ plan: StagePlan; root: string }> {
  const path = resolve(file);
  const input: unknown = JSON.parse(await readFile(path, "utf8"));
  const parsed = stagePlanSchema.safeParse(input);
  if (!parsed.success) throw new Error(`${path}: ${z.prettifyError(parsed.error)}`);
  return { plan: parsed.data, root: dirname(path) };
}

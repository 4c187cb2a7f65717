import * as z from "zod";

/** A path inside the stage: relative, and it stays there. */
const inside = z
  .string()
  .min(1)
  .refine((path) => !path.startsWith("/") && !path.split("/").includes(".."), {
    error: "expected a relative path that stays in the stage (no leading /, no ..)",
  });

const entrySchema = z.strictObject({
  from: z.string().min(1).describe("File, folder or glob, relative to the plan."),
  to: inside.describe(
    "Path in the stage and in the target. Ends with / to keep the names of what matches.",
  ),
  kind: z
    .enum(["link", "copy", "tree"])
    .default("copy")
    .describe(
      "link: one symlink into the stage. copy: small files, copied. tree: a folder, by the best strategy.",
    ),
  required: z
    .boolean()
    .default(true)
    .describe("A required entry that matches nothing fails the build."),
  gate: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*(=.*)?$/)
    .optional()
    .describe("NAME or NAME=value: installed only when the environment says so."),
  mode: z
    .string()
    .regex(/^0?[0-7]{3}$/)
    .optional()
    .describe("Octal mode of its files in the target, instead of their own."),
  exclude: z.array(z.string()).default([]).describe("Globs, relative to what matched."),
  isolation: z
    .enum(["shared", "private"])
    .default("shared")
    .describe("private: the agent may write there, so it gets inodes of its own."),
});

const npmSchema = z.strictObject({
  from: z
    .string()
    .min(1)
    .describe("Folder with package.json and package-lock.json, relative to the plan."),
  to: inside.describe("Folder in the stage that gets both files and node_modules."),
  seed: inside
    .optional()
    .describe("A second folder with the same dependencies: the agent's global config folder."),
  isolation: z.enum(["shared", "private"]).default("shared"),
});

/** `stage.plan.json`: what goes into a stage. Published as schema/stage-plan.schema.json. */
export const stagePlanSchema = z.strictObject({
  $schema: z.string().optional(),
  agentVersion: z.string().optional().describe("Version of the agent that the stage is made for."),
  npm: z.array(npmSchema).default([]),
  entries: z.array(entrySchema).default([]),
});
export type StagePlan = z.infer<typeof stagePlanSchema>;
export type PlanEntry = StagePlan["entries"][number];
export type NpmSource = StagePlan["npm"][number];

import * as z from "zod";

/** A relative path that stays inside the stage. A regular expression, so that the published schema has it, too. */
const inside = z
  .string()
  .regex(
    /^(?!\/)(?!(?:[^/]*\/)*\.\.(?:\/|$))(?!(?:\.\/+)*\.?$)(?!(?:\.\/+)*\.sandboot(?:\/|$))[^\0]+$/,
    {
      error:
        "expected a relative path that stays in the stage (no leading /, no .., and not .sandboot, which is the installer's own)",
    },
  );

const glob = z.string().min(1);

const isolation = z
  .enum(["shared", "private"])
  .default("shared")
  .describe("private: the agent may write there, so it gets inodes of its own.");

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
    .regex(/^[A-Za-z_][A-Za-z0-9_]*(=.*)?$/, { error: "expected NAME or NAME=value" })
    .optional()
    .describe("NAME or NAME=value. Installed only when the environment has it."),
  mode: z
    .string()
    .regex(/^0?[0-7]{3}$/, { error: 'expected an octal mode of three digits, like "755"' })
    .optional()
    .describe("Octal mode of its files in the target, instead of their own."),
  exclude: z
    .array(glob)
    .default([])
    .describe(
      "Globs for paths to leave out. Without a slash: names at any depth. With a slash: paths below the match.",
    ),
  isolation,
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
  isolation,
});

const agentSchema = z
  .strictObject({
    command: z
      .array(z.string().min(1))
      .min(1)
      .default(["opencode"])
      .describe(
        "The agent's program, from PATH or relative to the plan. The build starts it, offline.",
      ),
    providers: z
      .array(z.string().min(1))
      .default([])
      .describe("Providers whose models the catalogue holds, by their ids."),
    config: z
      .string()
      .min(1)
      .optional()
      .describe(
        "The sandbox's configuration, sandboot.jsonc: the providers that it asks for, too.",
      ),
    models: z
      .string()
      .min(1)
      .optional()
      .describe(
        "A catalogue to take the models from, as https://models.dev/api.json has it. Default: the agent's own.",
      ),
  })
  .describe(
    "OpenCode: makes a small catalogue of models, which the agent reads faster than its own.",
  );

/** `stage.plan.json`: the contents of a stage. Published as schema/stage-plan.schema.json. */
export const stagePlanSchema = z
  .strictObject({
    $schema: z.string().optional().describe("Where this schema is, for editors."),
    agentVersion: z
      .string()
      .min(1)
      .optional()
      .describe("Version of the agent that the stage is made for."),
    agent: agentSchema.optional(),
    npm: z.array(npmSchema).default([]).describe("Dependencies, installed by npm ci."),
    entries: z.array(entrySchema).default([]).describe("Files and folders of your own."),
  })
  .describe("What goes into a stage: read by sandboot-stage build.");
export type StagePlan = z.infer<typeof stagePlanSchema>;
export type PlanEntry = StagePlan["entries"][number];
export type PlanAgent = NonNullable<StagePlan["agent"]>;
export type NpmSource = StagePlan["npm"][number];

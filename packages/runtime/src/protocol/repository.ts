import * as z from "zod";

/**
 * A branch's name by the rules of git-check-ref-format(1). Excludes what a refspec would read as a pattern and what a
 * command line would read as an option.
 */
export const branchNameSchema = z.string().regex(
  // biome-ignore lint/suspicious/noControlCharactersInRegex: git forbids these characters.
  /^(?![-/.])(?!.*(?:\.\.|@\{|\/\/|\/\.|\.lock(?:\/|$)))[^\x00-\x20\x7f~^:?*[\\]+(?<![/.])$/,
  "a valid branch name (git-check-ref-format)",
);

/** A repository in the configuration and in a request to adopt. */
export const repositorySchema = z.strictObject({
  name: z
    .string()
    .regex(/^(?!\.{1,2}$)[A-Za-z0-9_.][A-Za-z0-9._-]*$/)
    .describe("Names the repository in phases, logs and the panel."),
  url: z.string().regex(/^[^-]/).describe("Anything git can fetch from."),
  branch: branchNameSchema.optional().describe("Default: the remote's own default branch."),
  path: z
    .string()
    .optional()
    .describe("Folder of the checkout, below the workspace. Default: the name."),
  depth: z.int().positive().optional().describe("Clone and fetch only so many commits."),
  filter: z.string().regex(/^[^-]/).optional().describe("Partial clone filter, e.g. blob:none."),
  submodules: z.boolean().default(false),
  lfs: z.boolean().default(false),
});

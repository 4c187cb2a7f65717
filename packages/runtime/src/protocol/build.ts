import * as z from "zod";

/** What `sandboot boot --mode build` writes: the commits in an image. */
export const buildRecordSchema = z.object({
  schemaVersion: z.number(),
  builtAt: z.iso.datetime(),
  repositories: z.array(
    z.object({
      name: z.string(),
      /** Without credentials. */
      url: z.string(),
      branch: z.string().nullable(),
      sha: z.string(),
      path: z.string(),
    }),
  ),
});
export type BuildRecord = z.infer<typeof buildRecordSchema>;

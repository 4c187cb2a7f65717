import * as z from "zod";

/** What staging did with one item (C7). */
export const stageItemSchema = z.object({
  /** Path relative to the target folder. */
  path: z.string(),
  result: z.enum([
    "linked",
    "copied",
    "reflinked",
    "hardlinked",
    "present",
    "gated",
    "conflict",
    "missing",
  ]),
  /** How it was put there, now or at an earlier boot; only when it is there. */
  strategy: z.enum(["symlink", "reflink", "hardlink", "copy"]).optional(),
  bytes: z.number().optional(),
  /** Why this strategy was used, or why the item is not there. */
  reason: z.string().optional(),
});
export type StageItem = z.infer<typeof stageItemSchema>;

export const stageReportSchema = z.object({
  /** Hash of the stage's sorted entries; null when no stage was used. */
  id: z.string().nullable(),
  /** `stage`: from a built stage. `legacy`: by the fallback installer (C6). `none`: nothing is configured. */
  source: z.enum(["stage", "legacy", "none"]),
  items: z.array(stageItemSchema),
  durationMs: z.number(),
});
export type StageReport = z.infer<typeof stageReportSchema>;

import * as z from "zod";

/**
 * How a sandbox stands now, in one word:
 *
 * - `booting`: a boot or an adopt runs.
 * - `seeded`: a seed waits for its adopt.
 * - `spent`: a seed whose adopt failed and could not be undone. It takes no other.
 * - `ready`: prompts are let in, and every part works.
 * - `warm`: ready, and the next answer comes as fast as any.
 * - `degraded`: prompts are let in, and a part does not work.
 * - `refusing`: the boot was ready, and prompts are not let in now.
 * - `frozen`: prompts are refused until the thaw, so that a snapshot can be taken.
 * - `recovering`: the boot has failed, and the sandbox stays so that somebody can mend it and retry.
 * - `ending`: the boot has failed, or the sandbox is shutting down or has ended.
 */
export const presentIdSchema = z.enum([
  "booting",
  "seeded",
  "spent",
  "ready",
  "warm",
  "degraded",
  "refusing",
  "frozen",
  "recovering",
  "ending",
]);
export type PresentId = z.infer<typeof presentIdSchema>;

/** A part that keeps the sandbox from being ready. */
export const presentCauseSchema = z.discriminatedUnion("part", [
  z.object({
    part: z.literal("process"),
    id: z.string(),
    /** The `id` of its status, as in `processes`. */
    status: z.string(),
  }),
  /** An optional phase that failed, or the required one that ended the boot. */
  z.object({ part: z.literal("phase"), id: z.string(), title: z.string() }),
  z.object({
    part: z.literal("bridge"),
    gate: z.enum(["holding", "refusing"]),
    reason: z.string().nullable(),
  }),
]);
export type PresentCause = z.infer<typeof presentCauseSchema>;

export const presentStateSchema = z.object({
  id: presentIdSchema,
  /** Why it is `degraded`, `refusing`, or `ending` after a failure; empty otherwise. */
  because: z.array(presentCauseSchema),
});
export type PresentState = z.infer<typeof presentStateSchema>;

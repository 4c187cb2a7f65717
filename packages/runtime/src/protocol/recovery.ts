import * as z from "zod";
import { failureSchema, phasePlanSchema } from "./phase.ts";

/** One attempt at a boot that was retried. Times are milliseconds since the runtime's process started. */
export const attemptSchema = z.object({
  /** 1 for the boot itself. */
  number: z.number(),
  /** The phase that the retry began with; null for the boot itself. */
  from: z.string().nullable(),
  startMs: z.number(),
  /** Null while it runs. */
  endMs: z.number().nullable(),
  /** Null when it did not fail. */
  failed: z.object({ phase: z.string(), failure: failureSchema }).nullable(),
});
export type BootAttempt = z.infer<typeof attemptSchema>;

export const recoveryEventBodies = {
  /** The boot has failed, and the sandbox stays, so that somebody can mend it and retry. */
  "recovery.started": z.object({ type: z.literal("recovery.started"), phase: z.string() }),
  /** The boot is tried again: the phases that run again, in plan order. All others are kept. */
  "retry.started": z.object({
    type: z.literal("retry.started"),
    from: z.string(),
    phases: z.array(phasePlanSchema),
  }),
} as const;

/** `POST /v1/retry`. */
export const retryRequestSchema = z.object({
  from: z
    .string()
    .min(1)
    .optional()
    .describe("Id of the phase to begin with. Default: the one that failed."),
});

export const retryAnswerSchema = z.object({
  from: z.string(),
  phases: z.array(z.string()).describe("Ids of the phases that run again."),
});
export type RetryAnswer = z.infer<typeof retryAnswerSchema>;

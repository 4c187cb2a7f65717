import * as z from "zod";
import { bootModeSchema } from "./phase.ts";
import { bootReportSchema } from "./report.ts";

const phaseSpanSchema = z.object({ id: z.string(), startMs: z.number(), endMs: z.number() });
export type PhaseSpan = z.infer<typeof phaseSpanSchema>;

/** What others are compared with. Times are milliseconds from the moment that somebody waited from. */
const bootSummarySchema = z.object({
  startedAt: z.string(),
  mode: bootModeSchema,
  /** Null for a boot that has no time to readiness: a build, a seed, one that failed. */
  readyMs: z.number().nullable(),
  /** Those that ended well: a hook that failed after 10 ms says nothing about how long it takes. */
  phases: z.array(phaseSpanSchema),
});
export type BootSummary = z.infer<typeof bootSummarySchema>;

/** `GET /v1/history`: the boots on record, oldest first. */
export const bootHistorySchema = z.object({
  boots: z.array(bootSummarySchema.extend({ outcome: bootReportSchema.shape.outcome })),
});
export type BootHistory = z.infer<typeof bootHistorySchema>;

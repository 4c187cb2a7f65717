import * as z from "zod";
import { jsonSchema } from "./json.ts";
import { BOOT_MODES } from "./modes.ts";

export const bootModeSchema = z.enum(BOOT_MODES);

/**
 * `warned`: an optional phase failed, and the boot continued without it. `skipped`: the phase never ran, because the boot
 * ended before or because what its `until` names came first; or the phase looked and found nothing to do, and `because` says
 * why. `cancelled`: the phase was running when the boot was stopped or when that came.
 */
export const phaseStatusSchema = z.enum([
  "pending",
  "running",
  "done",
  "warned",
  "failed",
  "skipped",
  "cancelled",
]);
export type PhaseStatus = z.infer<typeof phaseStatusSchema>;

/** A failure as it is sent to clients. They decide by `code`; the sentences are for people. */
export const failureSchema = z.object({
  /** Stable, in kebab-case: `hook-failed`, `port-in-use`, `phase-timeout`, … (docs/exit-codes.md lists them). */
  code: z.string(),
  message: z.string(),
  /** What to do about it, where that is known. */
  hint: z.string().optional(),
  /** Last lines of the failed program's output, redacted. */
  outputTail: z.array(z.string()).optional(),
  detail: z.record(z.string(), jsonSchema).optional(),
});
export type Failure = z.infer<typeof failureSchema>;

/** A phase before it runs. All of it follows from the configuration. */
export const phasePlanSchema = z.object({
  /** `stage`, `agent.spawn`, `workspace.sync:web`, … */
  id: z.string(),
  /** One short line for a person. */
  title: z.string(),
  needs: z.array(z.string()),
  /** Where it works: on the main thread, or for file work in worker threads. */
  where: z.enum(["main", "workers"]),
  /** A required phase that fails ends the boot. An optional one gives a warning (C9). */
  required: z.boolean(),
  /** Milliseconds that it may take; absent when it has no limit of its own. */
  timeoutMs: z.number().optional(),
  /** What ends the phase early, if it comes first: the start of another phase (its id), or an event outside the graph. */
  until: z.array(z.string()).optional(),
});
export type PhasePlan = z.infer<typeof phasePlanSchema>;

/** A phase as it stands. Times are milliseconds since the runtime's process started. */
export const phaseStateSchema = phasePlanSchema.extend({
  status: phaseStatusSchema,
  startMs: z.number().nullable(),
  endMs: z.number().nullable(),
  detail: z.record(z.string(), jsonSchema),
  warnings: z.array(z.string()),
  /** The code of each of them; null for one of an older runtime. */
  warningCodes: z.array(z.string().nullable()).optional(),
  /** Why there was nothing to do, of a phase that looked and was skipped. */
  because: z.string().optional(),
  failure: failureSchema.optional(),
});
export type PhaseState = z.infer<typeof phaseStateSchema>;

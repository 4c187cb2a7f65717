import * as z from "zod";
import { adoptStateSchema } from "./adopt.ts";
import { agentReportSchema } from "./event.ts";
import { bootModeSchema, failureSchema, phaseStateSchema } from "./phase.ts";
import { processStateSchema } from "./process.ts";
import { attemptSchema } from "./recovery.ts";
import { stageReportSchema } from "./stage.ts";

/** A phase in the report. `critical`: it is on the chain that decided how long the boot took. */
const reportPhaseSchema = phaseStateSchema.extend({ critical: z.boolean() });
export type ReportPhase = z.infer<typeof reportPhaseSchema>;

/** A whole boot: `--report FILE`, `GET /v1/report`, and each line of `history --json`. */
export const bootReportSchema = z.object({
  schemaVersion: z.number(),
  runtimeVersion: z.string(),
  sandboxId: z.string().nullable(),
  mode: bootModeSchema,
  /** `cancelled`: a signal ended the boot before it was ready. */
  outcome: z.enum(["ready", "seeded", "built", "failed", "cancelled"]),
  /** Milliseconds from the start of the runtime's process until ready; null when it never was. */
  readyMs: z.number().nullable(),
  /** The same until the agent was warm; null when it was not when the report was written. */
  warmMs: z.number().nullable().default(null),
  startedAt: z.iso.datetime(),
  phases: z.array(reportPhaseSchema),
  /** Last lines of output of each phase, redacted. Reports of older runtimes have none. */
  output: z.record(z.string(), z.array(z.string())).default({}),
  /** The agent, or the primary one of several. */
  agent: agentReportSchema.nullable(),
  /** The others, each with its id; absent where there is one agent. */
  otherAgents: z.array(agentReportSchema).optional(),
  stage: stageReportSchema.nullable(),
  processes: z.array(processStateSchema),
  urls: z.record(z.string(), z.string()),
  /** The attempts at this boot, when it was retried. */
  attempts: z.array(attemptSchema).optional(),
  /** The adopt of a seed. It has its own times: `readyMs` counts from the start of the process. */
  adopt: adoptStateSchema.optional(),
  warnings: z.array(
    z.object({ phase: z.string(), code: z.string().optional(), message: z.string() }),
  ),
  fatal: z
    .object({ phase: z.string(), failure: failureSchema, readyByThen: z.array(z.string()) })
    .nullable(),
});
export type BootReport = z.infer<typeof bootReportSchema>;

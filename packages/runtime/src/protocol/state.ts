import * as z from "zod";
import { adoptStateSchema } from "./adopt.ts";
import { agentReportSchema, bridgeStateSchema } from "./event.ts";
import { frozenSchema } from "./pause.ts";
import { bootModeSchema, failureSchema, phaseStateSchema } from "./phase.ts";
import { presentStateSchema } from "./present.ts";
import { processStateSchema } from "./process.ts";
import { attemptSchema } from "./recovery.ts";
import { stageReportSchema } from "./stage.ts";
import { RUNTIME_STATUSES } from "./statuses.ts";

/** `GET /v1/state`: the fold of all events up to `seq`. */
export const runtimeStateSchema = z.object({
  schemaVersion: z.number(),
  seq: z.number(),
  runtimeVersion: z.string(),
  pid: z.number(),
  startedAt: z.string(),
  sandboxId: z.string().nullable(),
  mode: bootModeSchema,
  status: z.enum(RUNTIME_STATUSES),
  readyMs: z.number().nullable(),
  /** When the agent was warm (event `boot.warm`); null until then, and always in a seed that is not adopted. */
  warmMs: z.number().nullable().default(null),
  /** Where its parts can be opened: the bridge, and each sidecar that runs and has a page. */
  urls: z.record(z.string(), z.string()),
  phases: z.array(phaseStateSchema),
  /** Last lines of output by phase, at most OUTPUT_TAIL_LINES. */
  output: z.record(z.string(), z.array(z.string())),
  processes: z.array(processStateSchema),
  /** The agent, or the primary one of several. */
  agent: agentReportSchema.nullable(),
  /** The others, each with its id; absent where there is one agent. */
  otherAgents: z.array(agentReportSchema).optional(),
  /** Null until the bridge has opened for the first time. */
  bridge: bridgeStateSchema.nullable(),
  stage: stageReportSchema.nullable(),
  /** The last adopt of a seed. */
  adopt: adoptStateSchema.optional(),
  /** The attempts at this boot, when it was retried. */
  attempts: z.array(attemptSchema).optional(),
  /** Warnings of the runtime. Those of phases are in `phases`. */
  warnings: z.array(
    z.object({ source: z.string(), code: z.string().optional(), message: z.string() }),
  ),
  fatal: z.object({ phase: z.string(), failure: failureSchema }).nullable(),
  /** Null while it is not frozen. States of older runtimes have none. */
  frozen: frozenSchema.nullable().default(null),
  /** How the sandbox stands now (`presentOf`). States of older runtimes have none. */
  present: presentStateSchema.optional(),
});
export type RuntimeState = z.infer<typeof runtimeStateSchema>;

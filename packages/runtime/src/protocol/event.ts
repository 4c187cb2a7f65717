import * as z from "zod";
import { adoptEventBodies } from "./adopt.ts";
import { jsonSchema } from "./json.ts";
import { pauseEventBodies } from "./pause.ts";
import {
  bootModeSchema,
  failureSchema,
  phasePlanSchema,
  phaseStateSchema,
  phaseStatusSchema,
} from "./phase.ts";
import { processStateSchema } from "./process.ts";
import { recoveryEventBodies } from "./recovery.ts";
import { stageReportSchema } from "./stage.ts";

/** Every event has both clocks: wall time for people, monotonic time for arithmetic. */
const envelope = z.object({
  /** Increases by one with each event of a runtime process. It is the event id in SSE. */
  seq: z.number(),
  at: z.iso.datetime(),
  /** Milliseconds since the runtime's process started. */
  ms: z.number(),
});

/** The first prompt that the agent agreed to, through the bridge or of a client by ACP. Milliseconds from when it was sent to the agent. */
export const firstAnswerSchema = z.object({
  /** `answered`: the response was the answer. `accepted`: it only said that the prompt was taken. */
  kind: z.enum(["answered", "accepted"]),
  /** When it was sent: milliseconds since the runtime's process started. */
  askedMs: z.number(),
  /** By ACP: the first update, or the end without one. */
  headersMs: z.number(),
  /** By ACP: the first update. Null when the response had no body, or there was no update. */
  firstByteMs: z.number().nullable(),
  endMs: z.number(),
});
export type FirstAnswer = z.infer<typeof firstAnswerSchema>;

/** What the bridge does with requests: `holding` makes them wait, `refusing` answers 503. */
export const bridgeStateSchema = z.object({
  gate: z.enum(["holding", "open", "refusing"]),
  /** Why it is not open. */
  reason: z.string().nullable(),
  /** Requests that were waiting when it changed. */
  held: z.number(),
});
export type BridgeState = z.infer<typeof bridgeStateSchema>;

export const agentReportSchema = z.object({
  /** Its id in `agents` of the config; absent for the agent of `agent`. */
  id: z.string().optional(),
  name: z.string(),
  version: z.string().nullable(),
  url: z.string().nullable(),
  pid: z.number().nullable(),
  spawnedMs: z.number().nullable(),
  listeningMs: z.number().nullable(),
  sessionId: z.string().nullable(),
  sessionMs: z.number().nullable(),
  /**
   * Its catalogue of models: the stage's small one, its own full one, or the one that OPENCODE_MODELS_PATH names.
   * `providers`: those of the small one. `reason`: why it is the full one. Reports of older runtimes have none.
   */
  catalogue: z
    .object({
      source: z.enum(["staged", "full", "user"]),
      providers: z.array(z.string()),
      reason: z.string().nullable(),
    })
    .nullable()
    .default(null),
  /**
   * Why there is no session: the agent waits for a client to authenticate. Its own words, and the ways that it offers. Null
   * otherwise, and in reports of older runtimes.
   */
  authentication: z
    .object({
      message: z.string(),
      methods: z.array(z.object({ id: z.string(), name: z.string() })),
    })
    .nullable()
    .default(null),
  /** Null until there is one. */
  firstAnswer: firstAnswerSchema.nullable().default(null),
  /** Why the agent was restarted. Before its session (C4): paths that changed. After it: what ended the process. */
  restarts: z.array(z.object({ reason: z.string(), paths: z.array(z.string()) })),
  /** The door at `/agents/<id>/` of an agent beside the primary one. Absent until it has opened, or was shut. */
  door: bridgeStateSchema.optional(),
});
export type AgentReport = z.infer<typeof agentReportSchema>;

const bodies = {
  /** A boot begins: its plan in plan order. */
  "boot.started": z.object({
    type: z.literal("boot.started"),
    runtimeVersion: z.string(),
    pid: z.number(),
    startedAt: z.iso.datetime(),
    sandboxId: z.string().nullable(),
    mode: bootModeSchema,
    phases: z.array(phasePlanSchema),
  }),
  "phase.started": z.object({ type: z.literal("phase.started"), id: z.string() }),
  /** Adds details of a running phase. */
  "phase.detail": z.object({
    type: z.literal("phase.detail"),
    id: z.string(),
    detail: z.record(z.string(), jsonSchema),
  }),
  /** One line of output of a phase's program. */
  "phase.output": z.object({
    type: z.literal("phase.output"),
    id: z.string(),
    stream: z.enum(["stdout", "stderr"]),
    line: z.string(),
  }),
  "phase.warning": z.object({
    type: z.literal("phase.warning"),
    id: z.string(),
    /** Stable, like that of {@link failureSchema}. Events of older runtimes have none. */
    code: z.string().optional(),
    message: z.string(),
  }),
  "phase.ended": z.object({
    type: z.literal("phase.ended"),
    id: z.string(),
    status: phaseStatusSchema,
    startMs: z.number().nullable(),
    endMs: z.number(),
    detail: phaseStateSchema.shape.detail,
    because: phaseStateSchema.shape.because,
    failure: failureSchema.optional(),
  }),
  "stage.installed": z.object({ type: z.literal("stage.installed"), stage: stageReportSchema }),
  /** C6: the stage cannot be used. What is wrong, where, and which installer is used instead. */
  "stage.unusable": z.object({
    type: z.literal("stage.unusable"),
    reason: z.string(),
    path: z.string(),
    fallback: z.enum(["legacy", "none"]),
  }),
  "agent.changed": z.object({ type: z.literal("agent.changed"), agent: agentReportSchema }),
  /** The same for an agent beside the primary one. */
  "other-agent.changed": z.object({
    type: z.literal("other-agent.changed"),
    agent: agentReportSchema,
  }),
  "process.changed": z.object({ type: z.literal("process.changed"), process: processStateSchema }),
  /** After the boot: the agent was lost, is back, or has failed. */
  "bridge.changed": z.object({ type: z.literal("bridge.changed"), bridge: bridgeStateSchema }),
  "boot.ready": z.object({
    type: z.literal("boot.ready"),
    readyMs: z.number(),
    urls: z.record(z.string(), z.string()),
  }),
  /** The next answer comes as fast as any: the warm-up has ended well, or a first answer has. */
  "boot.warm": z.object({ type: z.literal("boot.warm"), warmMs: z.number() }),
  /** The seed is ready to be adopted. */
  "boot.seeded": z.object({ type: z.literal("boot.seeded"), seededMs: z.number() }),
  ...adoptEventBodies,
  ...recoveryEventBodies,
  ...pauseEventBodies,
  "boot.failed": z.object({
    type: z.literal("boot.failed"),
    phase: z.string(),
    failure: failureSchema,
    /** Ids of the phases that had ended well by then. */
    readyByThen: z.array(z.string()),
    /** Whether the sandbox stays, so that somebody can mend it and retry. */
    recovers: z.boolean().optional(),
  }),
  /** Something outside the boot does not work. The boot continues without it. */
  "runtime.warning": z.object({
    type: z.literal("runtime.warning"),
    /** `events-log`, `control-plane`, … */
    source: z.string(),
    /** Stable, in kebab-case. Events of older runtimes have none. */
    code: z.string().optional(),
    message: z.string(),
  }),
  "shutdown.started": z.object({ type: z.literal("shutdown.started"), reason: z.string() }),
  "shutdown.ended": z.object({ type: z.literal("shutdown.ended"), exitCode: z.number() }),
} as const;

type Bodies = typeof bodies;
export type EventType = keyof Bodies;
/** An event without its envelope. The bus adds `seq` and the clocks. */
export type EventBody = { [K in EventType]: z.infer<Bodies[K]> }[EventType];
export type RuntimeEvent = EventBody & z.infer<typeof envelope>;

export const runtimeEventSchema: z.ZodType<RuntimeEvent> = z.intersection(
  envelope,
  z.discriminatedUnion("type", [
    bodies["boot.started"],
    bodies["phase.started"],
    bodies["phase.detail"],
    bodies["phase.output"],
    bodies["phase.warning"],
    bodies["phase.ended"],
    bodies["stage.installed"],
    bodies["stage.unusable"],
    bodies["agent.changed"],
    bodies["other-agent.changed"],
    bodies["process.changed"],
    bodies["bridge.changed"],
    bodies["boot.ready"],
    bodies["boot.warm"],
    bodies["boot.seeded"],
    bodies["recovery.started"],
    bodies["retry.started"],
    bodies["adopt.started"],
    bodies["adopt.failed"],
    bodies["runtime.frozen"],
    bodies["runtime.resumed"],
    bodies["boot.failed"],
    bodies["runtime.warning"],
    bodies["shutdown.started"],
    bodies["shutdown.ended"],
  ]),
);

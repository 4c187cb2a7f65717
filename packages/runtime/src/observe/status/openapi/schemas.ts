import * as z from "zod";
import {
  adoptResultSchema,
  bindingSchema,
  bootHistorySchema,
  bootReportSchema,
  failureSchema,
  freezeAnswerSchema,
  freezeRequestSchema,
  gitCredentialAnswerSchema,
  gitCredentialRequestSchema,
  logLineSchema,
  phaseStateSchema,
  presentStateSchema,
  processStateSchema,
  retryAnswerSchema,
  retryRequestSchema,
  runtimeEventSchema,
  runtimeStateSchema,
  stageReportSchema,
  thawAnswerSchema,
  thawRequestSchema,
} from "../../../protocol/index.ts";
import { jsonSchema } from "../../../protocol/json.ts";
import type { SchemaName } from "./operations.ts";

const named = {
  AdoptResult: adoptResultSchema,
  Binding: bindingSchema,
  BootHistory: bootHistorySchema,
  BootReport: bootReportSchema,
  Error: z.object({ error: failureSchema }),
  FreezeAnswer: freezeAnswerSchema,
  FreezeRequest: freezeRequestSchema,
  GitCredentialAnswer: gitCredentialAnswerSchema,
  GitCredentialRequest: gitCredentialRequestSchema,
  LogLine: logLineSchema,
  LogLines: z.object({ lines: z.array(logLineSchema) }),
  OpenApi: z.looseObject({ openapi: z.string() }),
  ProbeAnswer: z.object({
    ok: z.boolean(),
    status: runtimeStateSchema.shape.status,
    present: presentStateSchema,
    waitsFor: z.array(z.string()).describe("Ids of the phases that run."),
  }),
  ProcessState: processStateSchema,
  RetryAnswer: retryAnswerSchema,
  RetryRequest: retryRequestSchema,
  RuntimeEvent: runtimeEventSchema,
  RuntimeState: runtimeStateSchema,
  ShutdownAnswer: z.object({ accepted: z.literal(true), pid: z.number() }),
  ShutdownRequest: z.object({
    reason: z.string().min(1).optional().describe("For events and report."),
  }),
  ThawAnswer: thawAnswerSchema,
  ThawRequest: thawRequestSchema,
} satisfies Record<SchemaName, z.ZodType>;

/** Parts of those schemas that get their own names, for readers and code generators. */
const parts = {
  Failure: failureSchema,
  Json: jsonSchema,
  PhaseState: phaseStateSchema,
  StageReport: stageReportSchema,
} as const;

/** The schemas of the API as JSON Schema. Each occurs once and is referred to by its name. */
export function componentSchemas(): Record<string, object> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries({ ...parts, ...named })) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, {
    uri: (id) => `#/components/schemas/${id}`,
    io: "input",
  });
  const entries = Object.entries(schemas).map(([name, { $schema, $id, ...schema }]) => [
    name,
    schema,
  ]);
  return Object.fromEntries(entries.toSorted(([a], [b]) => String(a).localeCompare(String(b))));
}

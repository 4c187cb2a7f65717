import * as z from "zod";

/** States of a supervised process (docs/supervision.md); each carries exactly what that state has. */
export const processStatusSchema = z.discriminatedUnion("id", [
  z.object({ id: z.literal("idle") }),
  z.object({ id: z.literal("starting"), pid: z.number(), sinceMs: z.number() }),
  z.object({
    id: z.literal("running"),
    pid: z.number(),
    sinceMs: z.number(),
    /** When its readiness probe answered, and how we know. */
    readyMs: z.number(),
    readyBy: z.string(),
  }),
  z.object({ id: z.literal("stopping"), pid: z.number(), sinceMs: z.number() }),
  z.object({ id: z.literal("stopped"), sinceMs: z.number() }),
  z.object({
    id: z.literal("crashed"),
    sinceMs: z.number(),
    exitCode: z.number().nullable(),
    signal: z.string().nullable(),
  }),
  z.object({
    id: z.literal("backoff"),
    sinceMs: z.number(),
    retryAtMs: z.number(),
    attempt: z.number(),
  }),
  /** Gave up: the restart budget is spent, or it could not be started at all. */
  z.object({ id: z.literal("failed"), sinceMs: z.number(), reason: z.string() }),
  /** The program is not on this machine; boot goes on without it. */
  z.object({ id: z.literal("not-installed"), command: z.string() }),
]);
export type ProcessStatus = z.infer<typeof processStatusSchema>;

export const processStateSchema = z.object({
  /** `agent`, `code-server`, `ttyd`, `bridge`, or the name the config gives. */
  id: z.string(),
  kind: z.enum(["agent", "sidecar", "bridge"]),
  status: processStatusSchema,
  port: z.number().nullable(),
  /** Where a person opens it, when it has such a place. */
  url: z.string().nullable(),
  restarts: z.number(),
  optional: z.boolean(),
});
export type ProcessState = z.infer<typeof processStateSchema>;

import * as z from "zod";

/** States of a supervised process (docs/supervision.md). Each has exactly the fields of that state. */
export const processStatusSchema = z.discriminatedUnion("id", [
  z.object({ id: z.literal("idle") }),
  z.object({ id: z.literal("starting"), pid: z.number(), sinceMs: z.number() }),
  z.object({
    id: z.literal("running"),
    pid: z.number(),
    sinceMs: z.number(),
    /** When its readiness probe succeeded, and which one it was. */
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
  /** Not restarted any more: the restart budget is spent, or it could not be started. */
  z.object({ id: z.literal("failed"), sinceMs: z.number(), reason: z.string() }),
  /** The program is not installed; the boot continues without it. */
  z.object({ id: z.literal("not-installed"), command: z.string() }),
]);
export type ProcessStatus = z.infer<typeof processStatusSchema>;

export const processStateSchema = z.object({
  /** `agent`, `code-server`, `ttyd`, `bridge`, or a name from the configuration. */
  id: z.string(),
  kind: z.enum(["agent", "sidecar", "bridge"]),
  status: processStatusSchema,
  port: z.number().nullable(),
  /** Where to open it in a browser; null when it has no page. */
  url: z.string().nullable(),
  restarts: z.number(),
  optional: z.boolean(),
});
export type ProcessState = z.infer<typeof processStateSchema>;

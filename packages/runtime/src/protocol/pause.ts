import * as z from "zod";
import { adoptResultSchema } from "./adopt.ts";
import { bindingSchema } from "./binding.ts";

/** What had not ended when the sandbox was frozen. It goes on after the thaw, unless its connection is gone. */
export const unfinishedSchema = z.object({
  prompts: z.number().describe("Requests that the agent had not answered."),
  phases: z.array(z.string()).describe("Ids of optional phases that were running."),
});
export type Unfinished = z.infer<typeof unfinishedSchema>;

export const frozenSchema = z.object({
  /** Milliseconds since the runtime's process started. */
  sinceMs: z.number(),
  unfinished: unfinishedSchema,
});

export const pauseEventBodies = {
  /** Prompts are refused until the thaw, and all that was to be written is: a snapshot may be taken. */
  "runtime.frozen": z.object({ type: z.literal("runtime.frozen"), unfinished: unfinishedSchema }),
  /** The sandbox goes on after a pause: it was thawed, or it noticed by its clocks that it had not run. */
  "runtime.resumed": z.object({
    type: z.literal("runtime.resumed"),
    /** How long the pause was, by the clock that went on. */
    gapMs: z.number(),
    /** `late-timer`: nothing ran meanwhile. `wall-clock`: it jumped ahead of the monotonic clock. */
    noticedBy: z.enum(["thaw", "late-timer", "wall-clock"]),
    /** Ids of processes that had not survived, or had lost their port. The restart policy answers. */
    lost: z.array(z.string()),
  }),
} as const;

/** `POST /v1/freeze`. */
export const freezeRequestSchema = z.object({
  waitSeconds: z
    .number()
    .min(0)
    .max(3600)
    .optional()
    .describe("How long prompts and phases may take to end. Default: 10."),
});

export const freezeAnswerSchema = z.object({
  frozen: z.literal(true),
  unfinished: unfinishedSchema,
  undelivered: z.number().describe("Messages that the control plane had not received."),
  synced: z.boolean().describe("Whether the file systems were synced."),
});
export type FreezeAnswer = z.infer<typeof freezeAnswerSchema>;

/** `POST /v1/thaw`. */
export const thawRequestSchema = z.object({
  binding: bindingSchema.optional().describe("For a seed: binds it as POST /v1/adopt does."),
});

export const thawAnswerSchema = z.object({
  gapMs: z.number(),
  lost: z.array(z.string()).describe("Ids of processes that had not survived."),
  adopted: adoptResultSchema.optional(),
});
export type ThawAnswer = z.infer<typeof thawAnswerSchema>;

import * as z from "zod";
import { failureSchema, phasePlanSchema } from "./phase.ts";
import { repositorySchema } from "./repository.ts";

/** `POST /v1/adopt`: the repositories that a seed is to work on, the primary one first. */
export const adoptRequestSchema = z.strictObject({
  repositories: z
    .array(
      repositorySchema.extend({
        name: repositorySchema.shape.name
          .optional()
          .describe("Default: the last part of the URL, without .git."),
      }),
    )
    .min(1)
    .optional()
    .describe("Default: those of the seed's own config."),
});
export type AdoptRequest = z.input<typeof adoptRequestSchema>;

const adoptedRepositorySchema = z.object({ name: z.string(), branch: z.string().nullable() });

/** The (last) adopt of a seed. Times are milliseconds since the runtime's process started. */
export const adoptStateSchema = z.object({
  status: z.enum(["adopting", "failed", "adopted"]),
  requestedMs: z.number(),
  endedMs: z.number().nullable(),
  repositories: z.array(adoptedRepositorySchema),
  /** The phases that are this adopt's; all others are the seed's. */
  phaseIds: z.array(z.string()),
  /** Why it failed: the seed is as it was and can be adopted again. */
  failed: z.object({ phase: z.string(), failure: failureSchema }).optional(),
});
export type AdoptState = z.infer<typeof adoptStateSchema>;

export const adoptEventBodies = {
  /** A seed is given its repositories: the phases that are left, in plan order. */
  "adopt.started": z.object({
    type: z.literal("adopt.started"),
    requestedMs: z.number(),
    repositories: z.array(adoptedRepositorySchema),
    phases: z.array(phasePlanSchema),
  }),
  /** It did not work out: what it had made is gone again, and the seed can be adopted again. */
  "adopt.failed": z.object({
    type: z.literal("adopt.failed"),
    phase: z.string(),
    failure: failureSchema,
    readyByThen: z.array(z.string()),
  }),
} as const;

/** What an adopt came to. */
export const adoptResultSchema = z.object({
  requestedMs: z.number(),
  readyMs: z.number(),
  /** From the request until prompts are let in. */
  durationMs: z.number(),
  urls: z.record(z.string(), z.string()),
});
export type AdoptResult = z.infer<typeof adoptResultSchema>;

/** Why a seed refuses to be adopted now (409); the words are stable. A runtime that is no seed says `not-a-seed`. */
export type AdoptRefusal = "not-seeded-yet" | "adopting" | "already-adopted" | "stopping";

import * as z from "zod";
import { failureSchema, phasePlanSchema } from "./phase.ts";

const adoptedRepositorySchema = z.object({ name: z.string(), branch: z.string().nullable() });

/** The last adopt of a seed. Times are milliseconds since the runtime's process started. */
export const adoptStateSchema = z.object({
  status: z.enum(["adopting", "failed", "adopted"]),
  /** Id of the binding. Runtimes before bindings gave none. */
  bindingId: z.string().optional(),
  requestedMs: z.number(),
  endedMs: z.number().nullable(),
  repositories: z.array(adoptedRepositorySchema),
  /** The phases of this adopt. All others are the seed's. */
  phaseIds: z.array(z.string()),
  /** Why it failed. The seed is unchanged and can be adopted again, unless it is spent. */
  failed: z.object({ phase: z.string(), failure: failureSchema }).optional(),
  /** What of it could not be undone: the seed takes no other binding. */
  spent: failureSchema.optional(),
});
export type AdoptState = z.infer<typeof adoptStateSchema>;

export const adoptEventBodies = {
  /** An adopt begins: its phases in plan order. */
  "adopt.started": z.object({
    type: z.literal("adopt.started"),
    requestedMs: z.number(),
    bindingId: z.string().optional(),
    /** The tenant's, or the seed's own. */
    sandboxId: z.string().nullable().optional(),
    repositories: z.array(adoptedRepositorySchema),
    phases: z.array(phasePlanSchema),
  }),
  /** An adopt failed. What it had made is removed, and the seed can be adopted again. */
  "adopt.failed": z.object({
    type: z.literal("adopt.failed"),
    /** The seed's own, as before. */
    sandboxId: z.string().nullable().optional(),
    phase: z.string(),
    failure: failureSchema,
    readyByThen: z.array(z.string()),
    /** What could not be undone: the seed takes no other binding. */
    spent: failureSchema.optional(),
  }),
} as const;

/** The result of an adopt. */
export const adoptResultSchema = z.object({
  /** Ask with the same id again to get the same answer. */
  bindingId: z.string(),
  requestedMs: z.number(),
  readyMs: z.number(),
  /** Milliseconds from the request until prompts are let in. */
  durationMs: z.number(),
  urls: z.record(z.string(), z.string()),
});
export type AdoptResult = z.infer<typeof adoptResultSchema>;

/** Why a seed cannot be adopted now (409). The words are stable. A runtime that is no seed answers `not-a-seed`. */
export type AdoptRefusal =
  | "not-seeded-yet"
  | "adopting"
  | "already-bound"
  | "frozen"
  | "spent"
  | "stopping";

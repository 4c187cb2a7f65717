/** What a runtime is at. A plain list, for code that must not load the schemas. */
export const RUNTIME_STATUSES = [
  "idle",
  "booting",
  "seeded",
  "ready",
  "failed",
  "recovering",
  "stopping",
  "stopped",
] as const;

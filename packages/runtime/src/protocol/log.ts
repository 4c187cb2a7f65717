import * as z from "zod";

/** One line of a process's output, as the log endpoint gives it. */
export const logLineSchema = z.object({
  /** Rises by one per line of this process's log. */
  seq: z.number(),
  /** Milliseconds since the runtime's process started. */
  ms: z.number(),
  stream: z.enum(["stdout", "stderr"]),
  line: z.string(),
});
export type LogLine = z.infer<typeof logLineSchema>;

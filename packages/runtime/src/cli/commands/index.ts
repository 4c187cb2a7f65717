import { BOOT, type CommandEntry } from "../command.ts";

/** Every command, in the order of `--help`; a new one is one file in this folder and one entry here. */
export const commands: readonly CommandEntry[] = [
  { ...BOOT, load: () => import("./boot-definition.ts") },
  {
    name: "doctor",
    group: "Run",
    summary: "Checks whether a boot can work here, and says what to fix.",
    load: () => import("./doctor.ts"),
  },
  {
    name: "config",
    group: "Run",
    summary: "Checks the configuration, or prints its JSON Schema.",
    load: () => import("./config.ts"),
  },
  {
    name: "status",
    group: "Inspect",
    summary: "Shows the state of a running sandbox.",
    load: () => import("./status.ts"),
  },
  {
    name: "events",
    group: "Inspect",
    summary: "Prints the events of a running sandbox.",
    load: () => import("./events.ts"),
  },
  {
    name: "logs",
    group: "Inspect",
    summary: "Prints the output of a process of a running sandbox.",
    load: () => import("./logs.ts"),
  },
  {
    name: "restart",
    group: "Control",
    summary: "Restarts a process of a running sandbox.",
    load: async () => (await import("./process-actions.ts")).restart,
  },
  {
    name: "stop",
    group: "Control",
    summary: "Stops a process of a running sandbox.",
    load: async () => (await import("./process-actions.ts")).stop,
  },
  {
    name: "start",
    group: "Control",
    summary: "Starts a stopped process of a running sandbox.",
    load: async () => (await import("./process-actions.ts")).start,
  },
  {
    name: "adopt",
    group: "Control",
    summary: "Gives a running seed its repositories.",
    load: () => import("./adopt.ts"),
  },
  {
    name: "retry",
    group: "Control",
    summary: "Tries a boot again that has failed.",
    load: () => import("./retry.ts"),
  },
  {
    name: "freeze",
    group: "Control",
    summary: "Prepares a running sandbox for a pause or a snapshot.",
    load: async () => (await import("./pause.ts")).freeze,
  },
  {
    name: "thaw",
    group: "Control",
    summary: "Lets a sandbox go on after a pause.",
    load: async () => (await import("./pause.ts")).thaw,
  },
  {
    name: "shutdown",
    group: "Control",
    summary: "Shuts a running sandbox down.",
    load: () => import("./shutdown.ts"),
  },
  {
    name: "git-credential",
    group: "Control",
    summary: "Answers git as its credential helper. git runs it.",
    load: () => import("./git-credential.ts"),
  },
  {
    name: "report",
    group: "Explain",
    summary: "Shows a boot in the terminal, as a page or as a trace.",
    load: () => import("./report.ts"),
  },
  {
    name: "history",
    group: "Explain",
    summary: "Lists the recorded boots, and how long their phases usually take.",
    load: () => import("./history.ts"),
  },
  {
    name: "diff",
    group: "Explain",
    summary: "Shows what changed between two boots.",
    load: () => import("./diff.ts"),
  },
  {
    name: "analyze",
    group: "Explain",
    summary: "Explains why a boot took as long as it did.",
    load: () => import("./analyze.ts"),
  },
  {
    name: "graph",
    group: "Explain",
    summary: "Shows the phases of a boot and what each one waits for.",
    load: () => import("./graph.ts"),
  },
  {
    name: "openapi",
    group: "Explain",
    summary: "Prints the status API as OpenAPI 3.1.",
    load: () => import("./openapi.ts"),
  },
];

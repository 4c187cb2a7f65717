import { BOOT, type CommandEntry } from "../command.ts";

/** Every command; a new one is one file in this folder and one line here. */
export const commands: readonly CommandEntry[] = [
  {
    name: "analyze",
    summary: "explain why a boot took as long as it did",
    load: () => import("./analyze.ts"),
  },
  { ...BOOT, load: () => import("./boot.ts") },
  {
    name: "status",
    summary: "show the state of a running sandbox",
    load: () => import("./status.ts"),
  },
  {
    name: "events",
    summary: "print the events of a running sandbox",
    load: () => import("./events.ts"),
  },
  {
    name: "logs",
    summary: "print the output of a process of a running sandbox",
    load: () => import("./logs.ts"),
  },
  {
    name: "restart",
    summary: "restart a process of a running sandbox",
    load: async () => (await import("./process-actions.ts")).restart,
  },
  {
    name: "stop",
    summary: "stop a process of a running sandbox",
    load: async () => (await import("./process-actions.ts")).stop,
  },
  {
    name: "start",
    summary: "start a stopped process of a running sandbox",
    load: async () => (await import("./process-actions.ts")).start,
  },
  {
    name: "adopt",
    summary: "give a running seed its repositories",
    load: () => import("./adopt.ts"),
  },
  {
    name: "retry",
    summary: "try a boot again that has failed",
    load: () => import("./retry.ts"),
  },
  {
    name: "shutdown",
    summary: "shut down a running sandbox",
    load: () => import("./shutdown.ts"),
  },
  {
    name: "openapi",
    summary: "print the status API as OpenAPI 3.1",
    load: () => import("./openapi.ts"),
  },
  {
    name: "config",
    summary: "check the configuration, or print its JSON Schema",
    load: () => import("./config.ts"),
  },
  {
    name: "diff",
    summary: "show what changed between two boots",
    load: () => import("./diff.ts"),
  },
  {
    name: "doctor",
    summary: "check whether a boot can work here, and say what to fix",
    load: () => import("./doctor.ts"),
  },
  {
    name: "graph",
    summary: "print the phases of a boot and what each one waits for",
    load: () => import("./graph.ts"),
  },
  {
    name: "history",
    summary: "list the recorded boots, and how long their phases usually take",
    load: () => import("./history.ts"),
  },
  {
    name: "report",
    summary: "show a boot in the terminal, as a page or as a trace",
    load: () => import("./report.ts"),
  },
];

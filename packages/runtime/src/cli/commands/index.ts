import { BOOT, type CommandEntry } from "../command.ts";

/** Every command; a new one is one file in this folder and one line here. */
export const commands: readonly CommandEntry[] = [
  {
    name: "analyze",
    summary: "why a boot took as long as it did",
    load: () => import("./analyze.ts"),
  },
  { ...BOOT, load: () => import("./boot.ts") },
  {
    name: "status",
    summary: "show what a running sandbox is at",
    load: () => import("./status.ts"),
  },
  {
    name: "events",
    summary: "print what has happened in a running sandbox, and what happens",
    load: () => import("./events.ts"),
  },
  {
    name: "logs",
    summary: "print what a process of a running sandbox has written",
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
    summary: "start a process of a running sandbox that was stopped",
    load: async () => (await import("./process-actions.ts")).start,
  },
  {
    name: "adopt",
    summary: "give a running seed its repositories",
    load: () => import("./adopt.ts"),
  },
  {
    name: "shutdown",
    summary: "end a running sandbox in good order",
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
    summary: "what changed from one boot to another",
    load: () => import("./diff.ts"),
  },
  {
    name: "doctor",
    summary: "look whether a boot can work here, and what to do if not",
    load: () => import("./doctor.ts"),
  },
  {
    name: "graph",
    summary: "print which phases a boot has and what each waits for",
    load: () => import("./graph.ts"),
  },
  {
    name: "history",
    summary: "the boots on record, and what their phases usually take",
    load: () => import("./history.ts"),
  },
  {
    name: "report",
    summary: "show a boot: in the terminal, as a page, as a trace",
    load: () => import("./report.ts"),
  },
];

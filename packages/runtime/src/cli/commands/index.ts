import type { CommandEntry } from "../command.ts";
import { define as boot } from "./boot.ts";

/** Every command; a new one is one file in this folder and one line here. */
export const commands: readonly CommandEntry[] = [
  {
    name: "boot",
    summary: "boot this sandbox and stay until a signal ends it",
    // The one that nobody wants to wait for, so not in a chunk of its own.
    load: async () => ({ define: boot }),
  },
  {
    name: "config",
    summary: "check the configuration, or print its JSON Schema",
    load: () => import("./config.ts"),
  },
  {
    name: "graph",
    summary: "print which phases a boot has and what each waits for",
    load: () => import("./graph.ts"),
  },
];

import { define } from "./commands/boot.ts";
import { runCommandLine } from "./program.ts";
import type { Workers } from "./workers.ts";

const boot = {
  name: "boot",
  summary: "boot this sandbox and stay until a signal ends it",
  load: async () => ({ define }),
};

/** A command line that knows no other command. */
export function runBoot(args: readonly string[], workers: Workers): Promise<number> {
  return runCommandLine(args, [boot], workers);
}

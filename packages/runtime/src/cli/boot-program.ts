import { define } from "./commands/boot.ts";
import { bootEntry } from "./commands/boot-entry.ts";
import { runCommandLine } from "./program.ts";
import type { Workers } from "./workers.ts";

const boot = { ...bootEntry, load: async () => ({ define }) };

/** A command line that knows no other command. */
export function runBoot(args: readonly string[], workers: Workers): Promise<number> {
  return runCommandLine(args, [boot], workers);
}

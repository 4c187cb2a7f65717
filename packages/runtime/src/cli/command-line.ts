import { commands } from "./commands/index.ts";
import { runCommandLine } from "./program.ts";
import { Workers } from "./workers.ts";

/** Runs any command. @returns The exit code. */
export async function run(args: readonly string[]): Promise<number> {
  await using workers = new Workers();
  return await runCommandLine(args, commands, workers);
}

import { BOOT } from "./command.ts";
import { unblockTerminals } from "./terminal/unblock.ts";
import { Workers } from "./workers.ts";

/**
 * Runs `sandboot boot …`: loads no other command, and the parser of command lines only where it has something to say.
 *
 * @returns The exit code.
 */
export async function run(args: readonly string[]): Promise<number> {
  await using workers = new Workers();
  // A thread takes as long to start as all our own code takes to load. So it starts first, on another core.
  workers.start();
  unblockTerminals(process.stdout, process.stderr);
  const { bootPlainly } = await import("./commands/boot.ts");
  const exitCode = await bootPlainly(args, workers);
  if (exitCode !== null) return exitCode;
  const { runCommandLine } = await import("./program.ts");
  const entry = { ...BOOT, load: () => import("./commands/boot-definition.ts") };
  return await runCommandLine(args, [entry], workers);
}

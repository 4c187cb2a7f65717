import { Workers } from "./workers.ts";

/** Runs `sandboot boot …`. @returns The exit code. */
export async function run(args: readonly string[]): Promise<number> {
  await using workers = new Workers();
  // A thread takes as long to start as all our own code takes to load. So it starts first, on another core.
  workers.start();
  const { runBootLine } = await import("./commands/boot.ts");
  return await runBootLine(args, workers);
}

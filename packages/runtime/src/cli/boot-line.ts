import { Workers } from "./workers.ts";

/** Runs `sandboot boot …`. @returns The exit code. */
export async function run(args: readonly string[]): Promise<number> {
  await using workers = new Workers();
  // A thread takes as long to start as all of our own code to load: it starts first, on another core.
  workers.start();
  const { runBoot } = await import("./boot-program.ts");
  return await runBoot(args, workers);
}

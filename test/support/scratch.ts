import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { expect, onTestFinished } from "vitest";

/** A folder of this test's own, named after its file, gone when it ends. */
export async function scratchFolder(): Promise<string> {
  const file = basename(expect.getState().testPath ?? "", ".test.ts");
  // Short: a socket in it may have 107 bytes in all.
  const folder = await mkdtemp(join(tmpdir(), `${file.slice(0, 20)}-`));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

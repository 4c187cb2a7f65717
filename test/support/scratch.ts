import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { expect, onTestFinished } from "vitest";

/** Makes a folder for this test, named after its file. It is removed when the test ends. */
export async function scratchFolder(): Promise<string> {
  const file = basename(expect.getState().testPath ?? "", ".test.ts");
  // Short, because the path of a socket in it may have at most 107 bytes.
  const folder = await mkdtemp(join(tmpdir(), `${file.slice(0, 20)}-`));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

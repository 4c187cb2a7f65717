import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Sample } from "./sample.ts";

const program = join(import.meta.dirname, "activate.ts");

/** In a process of its own, before an API that does nothing: quick, and no other extension takes its turn. */
export async function activateAlone(signal: AbortSignal): Promise<Sample> {
  const { stdout } = await promisify(execFile)(process.execPath, [program], { signal });
  return JSON.parse(stdout) as Sample;
}

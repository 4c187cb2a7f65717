import { tmpdir } from "node:os";

/**
 * The environment of a program that a test starts: nothing of ours but where programs are, and the folder by which the run
 * finds at its end what is left of its tests (`test/support/test-run.ts`).
 */
export function bareEnv(): Record<"PATH" | "TMPDIR", string> {
  return { PATH: process.env["PATH"] ?? "", TMPDIR: tmpdir() };
}

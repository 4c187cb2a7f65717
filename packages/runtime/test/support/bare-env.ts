import { tmpdir } from "node:os";

/**
 * The environment for programs that a test starts: only PATH, and TMPDIR, by which the run finds processes that its tests
 * have left behind (`test/support/test-run.ts`).
 */
export function bareEnv(): Record<"PATH" | "TMPDIR", string> {
  return { PATH: process.env["PATH"] ?? "", TMPDIR: tmpdir() };
}

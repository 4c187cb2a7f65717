import { cpSync, renameSync, rmSync } from "node:fs";

/**
 * A rename, or where a mount lies between the two (a volume for one folder of a target) a copy beside the place, renamed
 * there. It may be done again after a kill: `from` goes last.
 */
export function move(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EXDEV") throw error;
    const beside = `${to}.sandboot-part`;
    rmSync(beside, { recursive: true, force: true });
    cpSync(from, beside, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
    renameSync(beside, to);
    rmSync(from, { recursive: true });
  }
}

import { rm } from "node:fs/promises";
import { execa } from "execa";

/** Puts a named pipe there, in place of what was there: who opens it as a file waits for ever. */
export async function pipeAt(path: string): Promise<void> {
  await rm(path, { force: true });
  await execa("mkfifo", [path]);
}

import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";

/** The file that a command names, or null when there is none. */
export async function findProgram(
  command: string,
  env: Readonly<Record<string, string>>,
): Promise<string | null> {
  const candidates = command.includes("/")
    ? [command]
    : (env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, command));
  for (const path of candidates) {
    try {
      await access(path, constants.X_OK);
      return path;
    } catch {
      // Not here; the next folder of PATH may have it.
    }
  }
  return null;
}

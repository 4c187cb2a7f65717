import { access, constants, stat } from "node:fs/promises";
import { delimiter, join } from "node:path";

/** The path of the executable file that a command names, as a shell finds it, or null when there is none. */
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
      if ((await stat(path)).isFile()) return path;
    } catch {
      // The next folder of PATH may have it.
    }
  }
  return null;
}

import { realpathSync } from "node:fs";
import { access, constants, stat } from "node:fs/promises";
import { delimiter, join } from "node:path";

/** The path of the executable file that a command names, as a shell finds it, or null when there is none. */
export async function findProgram(
  command: string,
  env: Readonly<Record<string, string>>,
): Promise<string | null> {
  for (const path of placesOf(command, env)) {
    try {
      await access(path, constants.X_OK);
      if ((await stat(path)).isFile()) return path;
    } catch {
      // The next folder of PATH may have it.
    }
  }
  return null;
}

/** The file that a command names, links followed, or null when there is none. */
export function realProgram(
  command: string,
  env: Readonly<Record<string, string | undefined>>,
): string | null {
  for (const path of placesOf(command, env)) {
    try {
      return realpathSync(path);
    } catch {
      // As above.
    }
  }
  return null;
}

function placesOf(command: string, { PATH = "" }: Readonly<Record<string, string | undefined>>) {
  return command.includes("/")
    ? [command]
    : PATH.split(delimiter).map((folder) => join(folder, command));
}

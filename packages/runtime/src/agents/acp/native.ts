import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/**
 * A file of a package that another package depends on, as Node finds it for that one. Native programs come this way: npm
 * installs the one package of several that fits the platform.
 *
 * @param front - A file of the package that is installed.
 * @param modules - The way there: each is resolved from the one before it.
 * @param path - Of the file, from the folder of the last module.
 * @returns null where one of them is not installed.
 */
export function fileBehind(front: string, modules: readonly string[], path: string): string | null {
  try {
    const last = modules.reduce((from, module) => createRequire(from).resolve(module), front);
    const file = join(dirname(last), path);
    return existsSync(file) ? file : null;
  } catch {
    return null;
  }
}

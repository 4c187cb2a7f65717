import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { realProgram } from "../process/find-program.ts";
import type { NativeProgram } from "./contract.ts";

/**
 * The variable that makes an agent start its native program without the script of its npm package: less to start, and nothing
 * that can die without its child. Native programs come as packages: npm installs the one of several that fits the platform.
 *
 * @param front - The agent's command.
 * @returns nothing when the user has set the variable, or one of the packages is not installed.
 */
export function nativeEnv(
  { variable, modules, path }: NativeProgram,
  front: string,
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const file = env[variable] === undefined ? realProgram(front, env) : null;
  if (file === null) return {};
  try {
    const last = modules.reduce((from, module) => createRequire(from).resolve(module), file);
    const program = join(dirname(last), path);
    return existsSync(program) ? { [variable]: program } : {};
  } catch {
    return {};
  }
}

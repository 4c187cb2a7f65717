import { execFileSync } from "node:child_process";
import { basename, delimiter, dirname, isAbsolute } from "node:path";

/** Names the Node that runs what we publish while tests run in ours: CI asks it of every version that users may have. */
const VARIABLE = "SANDBOOT_TEST_NODE";

/** Starts the published programs. Without the variable it is the Node that runs the tests. */
export const nodeUnderTest = process.env[VARIABLE] ?? process.execPath;

/**
 * Puts the Node under test first on `PATH`, where `#!/usr/bin/env node` finds it.
 *
 * @param env - Changed in place, so that whatever is started from here on has it.
 * @returns Its version, `v22.23.5`; null when the environment names none.
 * @throws when the variable is not the absolute path of a `node` that answers.
 */
export function putNodeUnderTestOnPath(env: NodeJS.ProcessEnv): string | null {
  const program = env[VARIABLE];
  if (program === undefined) return null;
  const refused = (found: string) =>
    new Error(`${VARIABLE}: expected the absolute path of a program named node; found ${found}`);
  if (!isAbsolute(program) || basename(program) !== "node") throw refused(program);
  const version = versionOf(program);
  if (!/^v\d+\.\d+/.test(version))
    throw refused(`${program}, which answers --version with: ${version}`);
  env["PATH"] = [dirname(program), env["PATH"]].join(delimiter);
  return version;
}

function versionOf(program: string): string {
  try {
    return execFileSync(program, ["--version"], { encoding: "utf8" }).trim();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

import { execFileSync } from "node:child_process";
import { cp, mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import type { Workbench } from "../workbench.ts";

const DEPENDENCY_NAMES = ["node_modules", "package.json", "package-lock.json"];

/**
 * Copies the example's tools and skills to where an agent will look for them, and makes the neutral folder.
 *
 * @returns the agent's config folder
 */
export async function stageTools(workbench: Workbench, folder: string): Promise<string> {
  const config = join(folder, "config");
  for (const name of ["tool", "skill"]) {
    await cp(join(workbench.quickstart, name), join(config, name), { recursive: true });
  }
  await mkdir(join(folder, "neutral"), { recursive: true });
  return config;
}

/** Links what the tools import, as a stage does. */
export async function linkDependencies({ dependencies }: Workbench, target: string): Promise<void> {
  await mkdir(target, { recursive: true });
  for (const name of DEPENDENCY_NAMES) await symlink(join(dependencies, name), join(target, name));
}

/** What a script would do: fetch, check out, run the repository's start.sh. Blocks. */
export function syncAndRunHook(workbench: Workbench): void {
  sync(workbench);
  runHook(workbench);
}

/** Fetches and checks out. Blocks. */
export function sync({ checkout, branch }: Workbench): void {
  const options = { cwd: checkout, stdio: "pipe" } as const;
  const refspec = `+refs/heads/${branch}:refs/remotes/origin/${branch}`;
  execFileSync("git", ["fetch", "--quiet", "origin", refspec], options);
  execFileSync("git", ["checkout", "--quiet", "-B", branch, `origin/${branch}`], options);
}

/** Runs the repository's start.sh, or the one that is to stand in for it. Blocks. */
export function runHook(
  { checkout }: Workbench,
  script = join(checkout, ".openinspect", "start.sh"),
): void {
  execFileSync(script, { cwd: checkout, stdio: "pipe" });
}

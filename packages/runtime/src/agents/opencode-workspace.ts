import { lstatSync, readlinkSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { hideFromGit } from "../workspace/git/exclude.ts";
import type { WorkspacePreparation } from "./driver.ts";

const LINKED = ["node_modules", "package.json", "package-lock.json"] as const;

/**
 * OpenCode installs `@opencode-ai/plugin` by npm into every config folder that lacks `node_modules`, the repository's own
 * `.opencode/` among them, and every tool waits for that. So that nothing is fetched, the staged tree is linked there,
 * after the hooks and out of git's sight (docs/decisions/0002-workspace-dependencies.md).
 *
 * Links nothing when the repository brings its own `node_modules` or `package.json`: then it is the repository's business.
 *
 * Synchronous: the agent's session waits for it, and a dozen trips to the thread pool, while the agent itself keeps every
 * core busy, take longer than what is done at their end.
 */
export function linkWorkspaceDependencies(
  stagedConfigDir: string,
  directory: string,
  signal: AbortSignal,
): readonly WorkspacePreparation[] {
  const folder = join(directory, ".opencode");
  const preparation = (result: WorkspacePreparation["result"], reason: string) => [
    { path: folder, result, reason },
  ];
  if (!exists(folder)) return preparation("absent", "the workspace has no .opencode/");
  if (!exists(join(stagedConfigDir, "node_modules"))) {
    return preparation("kept", "the stage brings no node_modules");
  }
  for (const name of ["node_modules", "package.json"]) {
    const path = join(folder, name);
    if (!exists(path)) continue;
    return isOurs(path, stagedConfigDir)
      ? preparation("present", "linked by an earlier boot")
      : preparation("kept", `the workspace has its own ${name}`);
  }
  signal.throwIfAborted();
  // OpenCode writes a `.gitignore` there, which hides itself, too.
  const ours = [...LINKED, ".gitignore"].map((name) => `.opencode/${name}`);
  const hidden = hideFromGit(directory, ours, "sandboot: dependencies of the agent, linked");
  if (hidden.id === "refused") {
    return preparation("kept", `git would show the links: ${hidden.path} ${hidden.why}`);
  }
  for (const name of LINKED) symlinkSync(join(stagedConfigDir, name), join(folder, name));
  return preparation("linked", "spares OpenCode an npm install in the workspace");
}

function isOurs(path: string, stagedConfigDir: string): boolean {
  try {
    return readlinkSync(path).startsWith(`${stagedConfigDir}/`);
  } catch {
    return false;
  }
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

import {
  appendFileSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
} from "node:fs";
import { dirname, join } from "node:path";
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
  ignoreInGit(directory);
  for (const name of LINKED) symlinkSync(join(stagedConfigDir, name), join(folder, name));
  return preparation("linked", "spares OpenCode an npm install in the workspace");
}

/** `.git/info/exclude` and not a `.gitignore`: the repository's tree is not ours to change. */
function ignoreInGit(directory: string): void {
  const gitDir = findGitDir(directory);
  if (gitDir === null) return;
  const path = join(gitDir, "info", "exclude");
  const before = readIfThere(path);
  // OpenCode writes a `.gitignore` there itself; it hides itself, too.
  const missing = [...LINKED, ".gitignore"]
    .map((name) => `.opencode/${name}`)
    .filter((line) => !before.split("\n").includes(line));
  if (missing.length === 0) return;
  mkdirSync(dirname(path), { recursive: true });
  const separator = before === "" || before.endsWith("\n") ? "" : "\n";
  appendFileSync(
    path,
    `${separator}# sandboot: dependencies of the agent, linked\n${missing.join("\n")}\n`,
  );
}

function findGitDir(directory: string): string | null {
  const path = join(directory, ".git");
  try {
    const stat = lstatSync(path);
    if (stat.isDirectory()) return path;
    const target = /^gitdir: (.+)$/m.exec(readFileSync(path, "utf8"))?.[1];
    return target === undefined ? null : join(directory, target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
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

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

import { appendFile, lstat, mkdir, readFile, readlink, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { WorkspacePreparation } from "./driver.ts";

const LINKED = ["node_modules", "package.json", "package-lock.json"] as const;

/**
 * OpenCode installs `@opencode-ai/plugin` by npm into every config folder that lacks `node_modules`, the repository's own
 * `.opencode/` among them, and every tool waits for that. So that nothing is fetched, the staged tree is linked there,
 * after the hooks and out of git's sight (docs/decisions/0002-workspace-dependencies.md).
 *
 * Links nothing when the repository brings its own `node_modules` or `package.json`: then it is the repository's business.
 */
export async function linkWorkspaceDependencies(
  stagedConfigDir: string,
  directory: string,
  signal: AbortSignal,
): Promise<readonly WorkspacePreparation[]> {
  const folder = join(directory, ".opencode");
  const preparation = (result: WorkspacePreparation["result"], reason: string) => [
    { path: folder, result, reason },
  ];
  if (!(await exists(folder))) return preparation("absent", "the workspace has no .opencode/");
  if (!(await exists(join(stagedConfigDir, "node_modules")))) {
    return preparation("kept", "the stage brings no node_modules");
  }
  for (const name of ["node_modules", "package.json"]) {
    const path = join(folder, name);
    if (!(await exists(path))) continue;
    return (await isOurs(path, stagedConfigDir))
      ? preparation("present", "linked by an earlier boot")
      : preparation("kept", `the workspace has its own ${name}`);
  }
  signal.throwIfAborted();
  await ignoreInGit(directory);
  for (const name of LINKED) await symlink(join(stagedConfigDir, name), join(folder, name));
  return preparation("linked", "spares OpenCode an npm install in the workspace");
}

/** `.git/info/exclude` and not a `.gitignore`: the repository's tree is not ours to change. */
async function ignoreInGit(directory: string): Promise<void> {
  const gitDir = await findGitDir(directory);
  if (gitDir === null) return;
  const path = join(gitDir, "info", "exclude");
  const before = await readFile(path, "utf8").catch(() => "");
  // OpenCode writes a `.gitignore` there itself; it hides itself, too.
  const missing = [...LINKED, ".gitignore"]
    .map((name) => `.opencode/${name}`)
    .filter((line) => !before.split("\n").includes(line));
  if (missing.length === 0) return;
  await mkdir(dirname(path), { recursive: true });
  const separator = before === "" || before.endsWith("\n") ? "" : "\n";
  await appendFile(
    path,
    `${separator}# sandboot: dependencies of the agent, linked\n${missing.join("\n")}\n`,
  );
}

async function findGitDir(directory: string): Promise<string | null> {
  const path = join(directory, ".git");
  try {
    const stat = await lstat(path);
    if (stat.isDirectory()) return path;
    const target = /^gitdir: (.+)$/m.exec(await readFile(path, "utf8"))?.[1];
    return target === undefined ? null : join(directory, target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

async function isOurs(path: string, stagedConfigDir: string): Promise<boolean> {
  const target = await readlink(path).catch(() => null);
  return target?.startsWith(`${stagedConfigDir}/`) ?? false;
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

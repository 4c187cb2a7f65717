import { copyFile, mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { execa } from "execa";
import { StageBuildError } from "../build-error.ts";
import type { NpmSource } from "../plan/schema.ts";
import type { StageSource } from "./sources.ts";

const FILES = ["package.json", "package-lock.json"] as const;

/** Installs by the lockfile, without scripts and development dependencies. */
const NPM_CI = "ci --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error".split(" ");

/** npm's first lines say what is wrong, and its last where its log is. Between them it explains its flags. */
const HEAD_LINES = 12;
const TAIL_LINES = 3;

/**
 * Installs an npm source into a work folder.
 *
 * @throws {@link StageBuildError} with npm's own message.
 */
export async function npmSources(
  npm: NpmSource,
  options: { readonly root: string; readonly workDir: string; readonly signal: AbortSignal },
): Promise<StageSource[]> {
  const subject = `npm source "${npm.from}"`;
  const { root, workDir, signal } = options;
  await bringFiles(resolve(root, npm.from), workDir, subject);
  const result = await execa("npm", NPM_CI, {
    cwd: workDir,
    reject: false,
    cancelSignal: signal,
    all: true,
  });
  signal.throwIfAborted();
  if (result.failed) {
    const how =
      result.exitCode === undefined ? result.shortMessage : `exit code ${result.exitCode}`;
    const said = shortened((result.all ?? "").trim().split("\n")).join("\n");
    throw new StageBuildError(subject, `npm ci failed: ${how}\n${said}`);
  }
  // Without dependencies npm makes no folder, but the agent looks for one.
  await mkdir(join(workDir, "node_modules"), { recursive: true });
  return sourcesIn(workDir, npm, subject);
}

function shortened(lines: readonly string[]): readonly string[] {
  if (lines.length <= HEAD_LINES + TAIL_LINES) return lines;
  return [...lines.slice(0, HEAD_LINES), "…", ...lines.slice(-TAIL_LINES)];
}

async function bringFiles(from: string, workDir: string, subject: string): Promise<void> {
  await mkdir(workDir, { recursive: true });
  for (const name of FILES) {
    try {
      await copyFile(join(from, name), join(workDir, name));
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const reason = code === "ENOENT" ? `${join(from, name)} does not exist` : message;
      throw new StageBuildError(subject, reason, { cause: error });
    }
  }
}

function sourcesIn(workDir: string, npm: NpmSource, subject: string): StageSource[] {
  const common = { subject, isolation: npm.isolation, mode: null };
  const files = (folder: string): StageSource[] =>
    FILES.map((name) => ({
      ...common,
      from: join(workDir, name),
      to: join(folder, name),
      kind: "copy",
      isExcluded: () => false,
    }));
  const modules: StageSource = {
    ...common,
    from: join(workDir, "node_modules"),
    to: join(npm.to, "node_modules"),
    kind: "link",
    // npm's record of this install. It differs from build to build, and the agent does not read it.
    isExcluded: (path) => path === ".package-lock.json",
  };
  if (npm.seed === undefined) return [modules, ...files(npm.to)];
  // A link, because a copy would add the same bytes to the image again.
  const seeded = { ...modules, to: join(npm.seed, "node_modules"), linkTo: modules.to };
  return [modules, ...files(npm.to), seeded, ...files(npm.seed)];
}

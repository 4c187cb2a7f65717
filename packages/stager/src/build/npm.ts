import { copyFile, mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { execa } from "execa";
import type { NpmSource } from "../plan/schema.ts";
import { StageBuildError } from "./error.ts";
import type { StageSource } from "./sources.ts";

const FILES = ["package.json", "package-lock.json"] as const;

/**
 * Installs an npm source by its lockfile, without scripts and without development dependencies, into a work folder.
 *
 * @throws {@link StageBuildError} with npm's own words.
 */
export async function npmSources(
  npm: NpmSource,
  options: { readonly root: string; readonly workDir: string; readonly signal: AbortSignal },
): Promise<StageSource[]> {
  const subject = `npm source "${npm.from}"`;
  const from = resolve(options.root, npm.from);
  const work = options.workDir;
  await mkdir(work, { recursive: true });
  for (const name of FILES) {
    try {
      await copyFile(join(from, name), join(work, name));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new StageBuildError(
        subject,
        code === "ENOENT" ? `${join(from, name)} is not there` : String(error),
      );
    }
  }
  const args = [
    "ci",
    "--omit=dev",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
  ];
  const result = await execa("npm", args, {
    cwd: work,
    reject: false,
    cancelSignal: options.signal,
    all: true,
  });
  options.signal.throwIfAborted();
  if (result.failed) {
    const said = (result.all ?? "").trim().split("\n").slice(-15).join("\n");
    throw new StageBuildError(
      subject,
      `npm ci ended with exit code ${result.exitCode ?? "none"}\n${said}`,
    );
  }
  // npm's own note of what it did: of this machine's moment, and nothing an agent reads.
  const exclude = [".package-lock.json"];
  const common = { subject, isolation: npm.isolation, root: work };
  const into = (folder: string): StageSource[] => [
    {
      ...common,
      from: join(work, "node_modules"),
      to: join(folder, "node_modules"),
      kind: "link",
      exclude,
    },
    ...FILES.map(
      (name): StageSource => ({
        ...common,
        from: join(work, name),
        to: join(folder, name),
        kind: "copy",
        exclude: [],
      }),
    ),
  ];
  const { seed } = npm;
  if (seed === undefined) return into(npm.to);
  // The same tree twice would be the same bytes twice in every image.
  const linkTo = join(npm.to, "node_modules");
  const seeded = into(seed).map((source) =>
    source.kind === "link" ? { ...source, linkTo } : source,
  );
  return [...into(npm.to), ...seeded];
}

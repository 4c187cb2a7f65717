import { cp, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { run } from "../../../scripts/lib/child.mjs";
import type { Contender } from "../../lib/alternate.ts";
import type { BootSample } from "../sample.ts";
import type { Workbench } from "../workbench.ts";
import { boot, build } from "./sandboot.ts";

/**
 * Builds an image of the demo repository with more files in it, once, and boots it: each run finds checkout and state as
 * the build left them.
 */
export async function fromBuild(
  workbench: Workbench,
  options: {
    readonly id: string;
    readonly agent: Readonly<Record<string, unknown>>;
    /** Added to the repository's branch, by path. */
    readonly files: Readonly<Record<string, string>>;
  },
): Promise<Contender<BootSample>> {
  const { id, agent, files } = options;
  const base = await workbench.freshFolder(`from-build-${id}`);
  const folder = join(base, "sandbox");
  const image = join(base, "image");
  await mkdir(folder);
  const url = await originWith(workbench, base, files);
  const config = { workspace: join(folder, "workspace") };
  await build(workbench, folder, { url, agent, config }, new AbortController().signal);
  await rename(folder, image);
  return {
    id,
    run: async (_, signal) => {
      await rm(folder, { recursive: true, force: true });
      await cp(image, folder, {
        recursive: true,
        verbatimSymlinks: true,
        preserveTimestamps: true,
      });
      return boot(workbench, folder, { url, agent, config }, signal);
    },
  };
}

async function originWith(
  { origin, branch }: Workbench,
  base: string,
  files: Readonly<Record<string, string>>,
): Promise<string> {
  const [bare, work] = [join(base, "origin.git"), join(base, "origin-work")];
  await run("git", ["clone", "--quiet", "--bare", origin, bare]);
  await run("git", ["clone", "--quiet", "--branch", branch, bare, work]);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(work, path)), { recursive: true });
    await writeFile(join(work, path), text);
  }
  const git = (...args: string[]) =>
    run("git", ["-c", "user.name=bench", "-c", "user.email=bench@localhost", ...args], {
      cwd: work,
    });
  await git("add", "--all");
  await git("commit", "--quiet", "--allow-empty", "--message=The repository of a benchmark");
  await git("push", "--quiet", "origin", branch);
  return bare;
}

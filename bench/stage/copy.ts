import { execFile } from "node:child_process";
import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { installStage, type StagePool } from "@sandboot/stager";
import type { Contender } from "../lib/alternate.ts";
import { type PageCache, settle } from "./page-cache.ts";
import type { Tree } from "./trees.ts";

const run = promisify(execFile);

/** Copies `from` to `to`, which does not exist. */
type Copy = (from: string, to: string, signal: AbortSignal) => Promise<unknown>;

const COPYTREE = "import shutil, sys; shutil.copytree(sys.argv[1], sys.argv[2], symlinks=True)";

/** Python itself, and not a version manager's script of that name that starts it; null where there is none. */
async function python(): Promise<string | null> {
  try {
    const { stdout } = await run("python3", ["-c", "import sys; print(sys.executable)"]);
    return stdout.trim();
  } catch {
    return null;
  }
}

const interpreter = await python();

const others = {
  "cp -a": (from, to) => run("cp", ["-a", from, to]),
  "fs.cp": (from, to) => cp(from, to, { recursive: true, preserveTimestamps: true }),
  "shutil.copytree": (from, to) => run(interpreter ?? "python3", ["-c", COPYTREE, from, to]),
  "cp -a --reflink=always": (from, to) => run("cp", ["-a", "--reflink=always", from, to]),
} satisfies Record<string, Copy>;

export type Other = keyof typeof others;

/** Whether it can be measured here. */
const isThere = (other: Other): boolean => other !== "shutil.copytree" || interpreter !== null;

/** Those that take several times as long as `cp -a`. */
const SLOW: ReadonlySet<Other> = new Set<Other>(["fs.cp", "shutil.copytree"]);

/**
 * What copies a tree, sandboot's whole install and the others, each into a folder of its own on the same file system.
 * A sample is milliseconds. Nothing is taken away between samples: what
 * was deleted lately makes the next files slower (disk.ts).
 *
 * @param options.slowRuns - In how many rounds those that take long run; all when it is left out.
 * @param options.targets - Where copies go, by round and contender.
 */
export function copyContenders(options: {
  readonly pool: StagePool;
  readonly tree: Tree;
  readonly targets: string;
  readonly against: readonly Other[];
  readonly pageCache: PageCache;
  readonly slowRuns?: number;
}): Contender<number>[] {
  const { pool, tree, targets, against, pageCache, slowRuns } = options;
  const timed = (id: string, copy: Copy, fewerRuns?: number): Contender<number> => ({
    id,
    ...(fewerRuns !== undefined && { fewerRuns }),
    run: async (round, signal) => {
      const target = join(targets, `${id}-${round}`);
      await mkdir(targets, { recursive: true });
      await settle(pageCache);
      const startMs = performance.now();
      await copy(tree.folder, target, signal);
      return performance.now() - startMs;
    },
  });
  return [
    timed("sandboot", (_from, targetDir, signal) =>
      installStage({ pool, stageDir: tree.stageDir, targetDir, env: {}, signal }),
    ),
    ...against
      .filter(isThere)
      .map((id) => timed(id, others[id], SLOW.has(id) ? slowRuns : undefined)),
  ];
}

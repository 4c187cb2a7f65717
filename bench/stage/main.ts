// How long it takes to install a stage by links and to copy a tree, against `cp` and the like.
// `npm run bench -- stage [--case NAME] [--runs N] [--out FILE]`
import { execFile } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { createStagePool, type StagePool } from "@sandboot/stager";
import { runScript } from "../../scripts/bootstrap.mjs";
import { alternate, type Contender } from "../lib/alternate.ts";
import { cancelledBySignals } from "../lib/cancel.ts";
import { busyWarning } from "../lib/machine.ts";
import { parseBenchOptions } from "../lib/options.ts";
import { pairedRatio, quantile } from "../lib/stats.ts";
import { copyContenders, type Other } from "./copy.ts";
import { makeDisk } from "./disk.ts";
import { installContenders } from "./install.ts";
import { mayDropPageCache, type PageCache } from "./page-cache.ts";
import { renderSection, renderTargets, type Section, type Target, toJson } from "./result.ts";
import { copyTree, demoStage, manyFilesTree, pluginTree, type Tree } from "./trees.ts";

/** Where the samples go without `--out`. */
const DEFAULT_OUT = "stage.json";

const folder = join(import.meta.dirname, "../../.sandboot/bench");

/** An install takes milliseconds: many more runs of it cost nothing and make the tail worth something. */
const INSTALLS_PER_RUN = 20;

/** A tree of 50,000 files says as much in fewer rounds: its rounds are long, and alike. */
const roundsOf = (tree: Tree, runs: number) =>
  tree.files < 10_000
    ? { runs }
    : { runs: Math.ceil(runs * 0.6), slowRuns: Math.max(1, Math.floor(runs / 5)) };

const cases = ["all", "install", "copy"] as const;

interface Bench {
  readonly runs: number;
  readonly signal: AbortSignal;
  readonly pool: StagePool;
  /** Prints a section when it is measured. */
  measure(
    id: string,
    title: string,
    contenders: Contender<number>[],
    runs?: number,
  ): Promise<Section>;
}

async function benchInstall(bench: Bench, stageDir: string): Promise<[Section, Target[]]> {
  const { pool, runs } = bench;
  const contenders = installContenders({ pool, stageDir, targets: join(folder, "runs") });
  const title = "Install of the quickstart's stage by links; the whole call";
  const section = await bench.measure("install", title, contenders, runs * INSTALLS_PER_RUN);
  const of = (id: string, share: number) => quantile(section.samples.get(id) ?? [], share);
  return [
    section,
    [
      { what: "link install, p50", found: of("install", 0.5), limit: 5, unit: "ms" },
      { what: "link install, p95", found: of("install", 0.95), limit: 10, unit: "ms" },
      { what: "unchanged re-install, p50", found: of("re-install", 0.5), limit: 2, unit: "ms" },
    ],
  ];
}

async function benchCopy(
  bench: Bench,
  tree: Tree,
  disk: string,
  pageCache: PageCache,
): Promise<[Section, Target[]]> {
  const against: Other[] = ["cp -a", "fs.cp", "shutil.copytree"];
  const targets = join(disk, "copies", `${tree.id}-${pageCache}`);
  const { runs, ...fewer } = roundsOf(tree, bench.runs);
  const { pool } = bench;
  const contenders = copyContenders({ pool, tree, targets, against, pageCache, ...fewer });
  const size = `${tree.files} files, ${Math.round(tree.bytes / 1e6)} MB`;
  const cache = pageCache === "warm" ? "warm" : "dropped page cache";
  const title = `Copy of the ${tree.title} (${size}), ${cache}`;
  const section = await bench.measure(`copy-${tree.id}-${pageCache}`, title, contenders, runs);
  const ratio = (other: Other) => ratioTo(section, other);
  const what = `copy of the ${tree.title}, ${cache}`;
  return [
    section,
    [
      { what: `${what} ÷ cp -a`, found: ratio("cp -a"), limit: 1, unit: "×" },
      { what: `${what} ÷ fs.cp`, found: ratio("fs.cp"), limit: 0.5, unit: "×" },
    ],
  ];
}

async function benchReflink(bench: Bench, tree: Tree, disk: string): Promise<[Section, Target[]]> {
  const there = copyTree(tree, disk);
  const against: Other[] = ["cp -a --reflink=always", "cp -a"];
  const targets = join(disk, "copies", tree.id);
  const { pool } = bench;
  const contenders = copyContenders({ pool, tree: there, targets, against, pageCache: "warm" });
  const title = `Reflink of the ${tree.title} on btrfs, warm`;
  const { runs } = roundsOf(tree, bench.runs);
  const section = await bench.measure(`reflink-${tree.id}`, title, contenders, runs);
  const found = ratioTo(section, "cp -a --reflink=always");
  const what = `reflink of the ${tree.title} ÷ cp -a --reflink=always`;
  return [section, [{ what, found, limit: 1, unit: "×" }]];
}

function ratioTo({ samples }: Section, other: Other): number {
  return pairedRatio(samples.get("sandboot") ?? [], samples.get(other) ?? []);
}

async function benchMemory(tree: Tree, disk: string): Promise<Target> {
  const target = join(disk, "copies", "memory");
  const probe = join(import.meta.dirname, "memory-probe.ts");
  const { stdout } = await promisify(execFile)(process.execPath, [probe, tree.stageDir, target]);
  const what = `peak extra memory, ${tree.title}`;
  return { what, found: Number(stdout) / 1024 ** 2, limit: 64, unit: "MB" };
}

/** Where nothing may be mounted the machine's own disk has to do, with what was deleted there lately. */
async function fallbackDisk(): Promise<string> {
  const disk = join(folder, "disk");
  await rm(disk, { recursive: true, force: true });
  await mkdir(disk);
  console.log("\nNo file system can be mounted here: copies go to the machine's own.");
  return disk;
}

async function main(): Promise<number> {
  const options = parseBenchOptions(process.argv.slice(2), cases, 5);
  const { runs, caseName } = options;
  const out = options.out ?? join(folder, DEFAULT_OUT);
  const signal = cancelledBySignals();
  console.log(`${runs} rounds, alternating, after one warm-up each`);
  if (caseName !== "install") {
    console.log("Of 50,000 files fewer, and fs.cp and shutil.copytree fewest: see each table.");
  }
  const busy = busyWarning();
  if (busy !== null) console.log(busy);
  await mkdir(folder, { recursive: true });
  await using pool = createStagePool();
  const sections: Section[] = [];
  const targets: Target[] = [];
  const bench: Bench = {
    runs,
    signal,
    pool,
    measure: async (id, title, contenders, count = runs) => {
      const section = {
        id,
        title,
        samples: await alternate({ contenders, runs: count, signal }),
      };
      console.log(`\n${renderSection(section)}`);
      return section;
    },
  };
  const note = ([section, found]: [Section, Target[]]) => {
    sections.push(section);
    targets.push(...found);
  };
  const stage = await demoStage(folder);
  if (caseName !== "copy") note(await benchInstall(bench, stage));
  if (caseName !== "install") {
    const trees = [await pluginTree(pool, folder, stage), await manyFilesTree(pool, folder)];
    const caches: PageCache[] = (await mayDropPageCache()) ? ["warm", "dropped"] : ["warm"];
    if (caches.length === 1) console.log("\nThe page cache may not be dropped here: only warm.");
    {
      await using ext4 = await makeDisk("ext4", join(folder, "ext4"));
      const disk = ext4?.folder ?? (await fallbackDisk());
      for (const tree of trees) {
        for (const cache of caches) note(await benchCopy(bench, tree, disk, cache));
      }
      for (const tree of trees.slice(1)) targets.push(await benchMemory(tree, disk));
    }
    await using btrfs = await makeDisk("btrfs", join(folder, "btrfs"));
    if (btrfs === null) console.log("\nA btrfs cannot be mounted here: no reflinks.");
    else for (const tree of trees) note(await benchReflink(bench, tree, btrfs.folder));
  }
  console.log(`\n${renderTargets(targets)}`);
  await writeFile(out, `${JSON.stringify(toJson(sections, targets), null, 2)}\n`);
  console.log(`\nevery sample: ${out}`);
  return 0;
}

await runScript(main);

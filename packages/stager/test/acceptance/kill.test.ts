import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { nodeUnderTest } from "../../../../test/support/node-under-test.ts";
import {
  buildStage,
  installStage,
  type StagePool,
  uninstallStage,
  verifyStage,
} from "../../src/index.ts";
import { bundleFixtures } from "../support/bundle.ts";
import { isMountable, isOverlayMountable, mount, mountOverlay } from "../support/mounts.ts";
import { never, scratchFolder, scratchPool } from "../support/scratch.ts";
import { makeStage } from "../support/stages.ts";
import { type Files, snapshot, snapshotOfTarget, writeFiles } from "../support/trees.ts";

/**
 * How many targets or stages one process works on. A kill leaves as many of them incomplete, each at a moment of its own. Most of
 * the time of a kill is the start of the process.
 */
const AT_ONCE = 5;
const KILLS_OF_INSTALLS = 40;
const KILLS_OF_BUILDS = 10;
/** For targets that span several file systems, where a rename can fail. */
const KILLS_ACROSS = 8;

/** How many processes run at once. */
const LANES = 2;

/** One thread starts in half the time. */
const threadsOf = (lane: number) => String(lane === 0 ? 2 : 1);

/** Enough files for every thread to get some. */
const TREE_FILES = 70;

/**
 * The random time before a kill: about as long as the fixture needs for a few rounds of work. It is a share of the time
 * that the fixture took to start, because a busy machine makes both longer.
 */
const INSTALL_WINDOW = 1.5;
const BUILD_WINDOW = 2;

const USERS_FILES: Files = {
  "mine.txt": "the user's own",
  "config/opencode.json": "{}",
  "config/tool/users.js": "export default 1",
};

function filesOf(version: string): Files {
  const tree = Array.from({ length: TREE_FILES }, (_, index) => [
    `deps/${index % 7}/file-${index}`,
    `${version} ${index}\n`.repeat(5 + index),
  ]);
  return {
    ...Object.fromEntries(tree),
    "tool/one.js": `export default "${version}"`,
    [`tool/only-${version}.js`]: version,
    "skill/a/SKILL.md": version,
  };
}

const ENTRIES = [
  { from: "deps", to: "config/node_modules", kind: "link" },
  { from: "deps", to: "global/deep/er/tree", kind: "tree", isolation: "private" },
  { from: "tool/*", to: "config/tool/" },
  { from: "skill/*", to: "config/skill/" },
];

let fixtures = "";

beforeAll(async () => {
  fixtures = await bundleFixtures("looping-installer", "looping-builder");
});

/** Starts a process that works for ever. */
function start(fixture: string, args: readonly string[]): ChildProcess {
  const stdio = ["pipe", "pipe", "inherit"] as const;
  return spawn(nodeUnderTest, [join(fixtures, `${fixture}.js`), ...args], { stdio: [...stdio] });
}

/** Waits until the process works, and kills it at a random moment. */
async function killAtRandom(child: ChildProcess, window: number): Promise<void> {
  const spawnedAt = performance.now();
  if (child.stdout !== null) await once(child.stdout, "data");
  const startMs = performance.now() - spawnedAt;
  // This delay only makes the moment random. It does not wait for anything.
  await delay(Math.random() * window * startMs);
  child.kill("SIGKILL");
  await once(child, "close");
  expect(child.signalCode).toBe("SIGKILL");
}

/** Names of what a lane works on. */
const namesIn = (folder: string, lane: number, what: string) =>
  Array.from({ length: AT_ONCE }, (_, at) => join(folder, `${what}-${lane}-${at}`));

/** Runs `kills` rounds, distributed over lanes that run at once. */
async function inLanes(kills: number, lane: (lane: number, rounds: number) => Promise<void>) {
  await Promise.all(Array.from({ length: LANES }, (_, index) => lane(index, kills / LANES)));
}

async function makeStages(pool: StagePool, folder: string): Promise<string[]> {
  const make = (version: string) =>
    makeStage(pool, join(folder, version), { files: filesOf(version), entries: ENTRIES });
  return [await make("a"), await make("b")];
}

/** The expected trees: the same installs without kills. */
async function rightTrees(stages: readonly string[], folder: string) {
  const right: Record<string, string>[] = [];
  for (const [index, stageDir] of stages.entries()) {
    const targetDir = join(folder, `right-${index}`);
    await writeFiles(targetDir, USERS_FILES);
    await installStage({ pool: scratchPool(), stageDir, targetDir, env: {}, signal: never });
    right.push(await snapshotOfTarget(targetDir));
  }
  return right;
}

/** Kills a process that installs into all targets. @returns how many of them the kill met during a change */
async function killInstaller(options: {
  readonly stages: readonly string[];
  readonly targets: readonly string[];
  readonly lane: number;
  readonly round: number;
}): Promise<number> {
  const { stages, targets, lane, round } = options;
  const seed = String(lane * 1000 + round);
  const args = [...stages, threadsOf(lane), seed, ...targets];
  await killAtRandom(start("looping-installer", args), INSTALL_WINDOW);
  const changing = await Promise.all(
    targets.map(async (target) => {
      const left = await readdir(join(target, ".sandboot")).catch(() => []);
      return left.some((name) => ["new", "old", "journal.json"].includes(name));
    }),
  );
  return changing.filter(Boolean).length;
}

/** Runs the next install, or in each third round an uninstall. Expects the right tree and nothing left behind. */
async function recoverAndCompare(options: {
  readonly round: number;
  readonly stages: readonly string[];
  readonly right: readonly Record<string, string>[];
  readonly target: string;
  readonly untouched: Record<string, string>;
}): Promise<void> {
  const { round, stages, right, target, untouched } = options;
  const pool = scratchPool();
  const next = round % 3;
  const stageDir = stages[next];
  if (stageDir === undefined) {
    await uninstallStage({ pool, targetDir: target, signal: never });
    expect(await snapshot(target)).toEqual(untouched);
    return;
  }
  await installStage({ pool, stageDir, targetDir: target, env: {}, signal: never });
  expect(await snapshotOfTarget(target)).toEqual(right[next]);
  // Our own folder has the marker and the listings, and no work files.
  const own = (await readdir(join(target, ".sandboot"))).sort();
  expect(own).toEqual(["installed.json", "listings"]);
  expect(await readdir(join(target, ".sandboot/listings"))).toHaveLength(2);
}

// A hundred processes are started and killed. On a busy machine this takes five times as long as on an idle one.
describe("C5: staging is all or nothing, at whatever moment it is killed", () => {
  it(`C5: wherever each of ${KILLS_OF_INSTALLS} kills meets install, upgrade and uninstall of ${AT_ONCE} targets, the next run ends with the right tree`, async () => {
    const folder = await scratchFolder();
    const pool = scratchPool();
    const stages = await makeStages(pool, folder);
    const right = await rightTrees(stages, folder);

    let halfDone = 0;
    await inLanes(KILLS_OF_INSTALLS, async (lane, rounds) => {
      const targets = namesIn(folder, lane, "target");
      for (const target of targets) await writeFiles(target, USERS_FILES);
      const untouched = await snapshot(targets[0] ?? "");
      for (let round = 0; round < rounds; round++) {
        halfDone += await killInstaller({ stages, targets, lane, round });
        for (const target of targets)
          await recoverAndCompare({ round, stages, right, target, untouched });
      }
    });
    // Otherwise the kills came too early or too late to test anything.
    expect(halfDone).toBeGreaterThan((KILLS_OF_INSTALLS * AT_ONCE) / 10);
  }, 1_800_000);

  it.skipIf(!isMountable("tmpfs"))(
    `C5: nor do ${KILLS_ACROSS} kills where a volume lies in the targets and nothing can be renamed into it`,
    async () => {
      const folder = await scratchFolder();
      const stages = await makeStages(scratchPool(), folder);
      const right = await rightTrees(stages, folder);
      await inLanes(KILLS_ACROSS, async (lane, rounds) => {
        const targets = namesIn(folder, lane, "target");
        for (const target of targets) {
          mount("tmpfs", join(target, "global/deep"));
          await writeFiles(target, USERS_FILES);
        }
        const untouched = await snapshot(targets[0] ?? "");
        const seen = right.map((tree) => ({ ...tree, ...untouched }));
        for (let round = 0; round < rounds; round++) {
          await killInstaller({ stages, targets, lane, round });
          for (const target of targets)
            await recoverAndCompare({ round, stages, right: seen, target, untouched });
        }
      });
    },
    1_800_000,
  );

  it.skipIf(!isOverlayMountable())(
    `C5: nor do ${KILLS_ACROSS} kills where the targets are of an overlay's lower layer and cannot be renamed`,
    async () => {
      const folder = await scratchFolder();
      const pool = scratchPool();
      const stages = await makeStages(pool, folder);
      const right = await rightTrees(stages, folder);
      const image = join(folder, "image");
      await writeFiles(join(image, "target"), USERS_FILES);
      const untouched = await snapshot(join(image, "target"));
      const stageDir = stages[0] ?? "";
      await installStage({
        pool,
        stageDir,
        targetDir: join(image, "target"),
        env: {},
        isolation: "private",
        signal: never,
      });
      await inLanes(KILLS_ACROSS, async (lane, rounds) => {
        for (let round = 0; round < rounds; round++) {
          const roots = namesIn(folder, lane, `root-${round}`);
          for (const root of roots) mountOverlay(image, root);
          const targets = roots.map((root) => join(root, "target"));
          await killInstaller({ stages, targets, lane, round });
          for (const target of targets)
            await recoverAndCompare({ round, stages, right, target, untouched });
        }
      });
    },
    1_800_000,
  );

  it(`C5: wherever each of ${KILLS_OF_BUILDS} kills meets ${AT_ONCE} builds, the next build makes a complete stage and leaves nothing beside it`, async () => {
    const folder = await scratchFolder();
    const pool = scratchPool();
    await makeStages(pool, folder);
    const plans = ["a", "b"].map((version) => join(folder, version, "plan", "stage.plan.json"));
    let halfDone = 0;
    await inLanes(KILLS_OF_BUILDS, async (lane, rounds) => {
      const parents = namesIn(folder, lane, "out");
      for (const parent of parents) await mkdir(parent);
      const outDirs = parents.map((parent) => join(parent, "stage"));
      for (let round = 0; round < rounds; round++) {
        const args = [...plans, threadsOf(lane), ...outDirs];
        await killAtRandom(start("looping-builder", args), BUILD_WINDOW);
        for (const parent of parents) {
          if ((await readdir(parent)).some((name) => name.includes("making"))) halfDone += 1;
          const outDir = join(parent, "stage");
          const version = round % 2;
          const planFile = plans[version] ?? "";
          const manifest = await buildStage({ pool, planFile, outDir, signal: never });
          const problems = await verifyStage({ stageDir: outDir, deep: true, pool, signal: never });
          expect(problems).toEqual([]);
          expect(manifest.entries.map(({ path }) => path)).toContain(
            `config/tool/only-${"ab"[version]}.js`,
          );
          expect(await readdir(parent)).toEqual(["stage"]);
        }
      }
    });
    expect(halfDone).toBeGreaterThan((KILLS_OF_BUILDS * AT_ONCE) / 10);
  }, 1_800_000);
});

describe("an incomplete install", () => {
  it("C5: parts that were built before the decision are removed", async () => {
    const folder = await scratchFolder();
    const pool = scratchPool();
    const stageDir = await makeStage(pool, folder, { files: filesOf("a"), entries: ENTRIES });
    const targetDir = join(folder, "target");
    await writeFiles(targetDir, {
      ".sandboot/new/0": "half of a tool",
      ".sandboot/old/0": "taken out of the way",
      ".sandboot/journal.json.part": "{",
      ".sandboot/listings/old": "nobody's",
    });
    await installStage({ pool, stageDir, targetDir, env: {}, signal: never });
    expect((await readdir(join(targetDir, ".sandboot"))).sort()).toEqual([
      "installed.json",
      "listings",
    ]);
    expect(await readdir(join(targetDir, ".sandboot/listings"))).toHaveLength(2);
    const once = await snapshotOfTarget(targetDir);
    const again = await installStage({ pool, stageDir, targetDir, env: {}, signal: never });
    expect(Object.keys(again.counts)).toEqual(["present"]);
    expect(await snapshotOfTarget(targetDir)).toEqual(once);
  });

  it("C5: the rest of a move by copy, killed during the removal, is not taken for a user's file", async () => {
    const folder = await scratchFolder();
    const pool = scratchPool();
    const stageDir = await makeStage(pool, folder, { files: filesOf("a"), entries: ENTRIES });
    const targetDir = join(folder, "target");
    const install = () => installStage({ pool, stageDir, targetDir, env: {}, signal: never });
    await install();
    const right = await snapshot(targetDir);
    const path = "global/deep/er/tree";
    const marker = JSON.parse(await readFile(join(targetDir, ".sandboot/installed.json"), "utf8"));
    await writeFiles(targetDir, {
      ".sandboot/journal.json": JSON.stringify({
        operations: [{ id: "place", path, part: "0", replaces: null }],
        marker,
        folders: [],
        onConflict: "keep",
      }),
      ".sandboot/moving.json": JSON.stringify({
        from: ".sandboot/new/0",
        beside: `${path}.sandboot-part`,
        to: path,
      }),
      ".sandboot/new/0/1/file-1": "half of it is gone already",
    });
    expect(Object.keys((await install()).counts)).toEqual(["present"]);
    expect(await snapshot(targetDir)).toEqual(right);
  });

  it.each([
    ["its last step", []],
    ["its last but one", ["listings"]],
  ])("C5: an uninstall that was killed before %s is completed by the next one", async (_, left) => {
    const targetDir = join(await scratchFolder(), "target");
    await writeFiles(targetDir, USERS_FILES);
    const untouched = await snapshot(targetDir);
    await mkdir(join(targetDir, ".sandboot", ...left), { recursive: true });
    await uninstallStage({ pool: scratchPool(), targetDir, signal: never });
    expect(await snapshot(targetDir)).toEqual(untouched);
  });

  it("C5: a journal that the disk lost does not stop an install, and files that were moved away are kept", async () => {
    const folder = await scratchFolder();
    const pool = scratchPool();
    const stageDir = await makeStage(pool, folder, { files: filesOf("a"), entries: ENTRIES });
    const targetDir = join(folder, "target");
    await writeFiles(targetDir, { ".sandboot/journal.json": "", ".sandboot/old/0": "the user's" });
    const result = await installStage({ pool, stageDir, targetDir, env: {}, signal: never });
    expect(result.counts).toMatchObject({ linked: 1 });
    expect(await snapshot(join(targetDir, ".sandboot/replaced"))).toEqual({
      lost: "folder",
      "lost/0": "file 0644 the user's",
    });
  });
});

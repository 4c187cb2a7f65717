import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { buildStage, installStage, uninstallStage, verifyStage } from "../src/index.ts";
import { never, scratchFolder, scratchPool } from "./support/scratch.ts";
import { makeStage } from "./support/stages.ts";
import { type Files, snapshot, snapshotOfTarget, writeFiles } from "./support/trees.ts";

/** Enough that an install has many moments to be killed at, few enough that hundreds of them take less than a minute. */
const TREE_FILES = 60;

const KILLED_INSTALLS = 200;
const KILLED_BUILDS = 40;

const USERS_FILES: Files = {
  "mine.txt": "the user's own",
  "config/opencode.json": "{}",
  "config/tool/users.js": "export default 1",
};

function filesOf(version: string): Files {
  const tree = Array.from({ length: TREE_FILES }, (_, index) => [
    `deps/${index % 7}/file-${index}`,
    `${version} ${index}\n`.repeat(20 + index),
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

/** Runs a fixture until a random moment of its work, and kills it there. */
async function killAtRandom(
  fixture: string,
  args: readonly string[],
  upToMs: number,
): Promise<void> {
  const path = join(import.meta.dirname, "fixtures", fixture);
  const child = spawn(process.execPath, [path, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  // The moment is what is random here, not something that is waited for.
  await delay(Math.random() * upToMs);
  child.kill("SIGKILL");
  await once(child, "close");
  expect(child.signalCode).toBe("SIGKILL");
}

describe("C5: staging is all or nothing, whatever moment it is killed at", () => {
  it(`C5: after each of ${KILLED_INSTALLS} kills of install, upgrade and uninstall, the next run ends with the right tree`, async () => {
    const folder = await scratchFolder();
    const pool = scratchPool();
    const stages = [];
    for (const version of ["a", "b"]) {
      stages.push(
        await makeStage(pool, join(folder, version), { files: filesOf(version), entries: ENTRIES }),
      );
    }
    const install = (stageDir: string, targetDir: string) =>
      installStage({ pool, stageDir, targetDir, env: {}, signal: never });

    // What is right: the same installs, never killed.
    const right = [];
    for (const [index, stageDir] of stages.entries()) {
      const target = join(folder, `right-${index}`);
      await writeFiles(target, USERS_FILES);
      await install(stageDir, target);
      right.push(await snapshotOfTarget(target));
    }
    const target = join(folder, "target");
    await writeFiles(target, USERS_FILES);
    const untouched = await snapshot(target);

    for (let kill = 0; kill < KILLED_INSTALLS; kill++) {
      await killAtRandom("looping-installer.ts", [...stages, target, String(kill + 1)], 60);
      const next = kill % 3;
      const stageDir = stages[next];
      if (stageDir === undefined) {
        await uninstallStage({ pool, targetDir: target, signal: never });
        expect(await snapshot(target)).toEqual(untouched);
      } else {
        await install(stageDir, target);
        expect(await snapshotOfTarget(target)).toEqual(right[next]);
        // Of ours there is the note of what is installed, and no residue.
        expect(await readdir(join(target, ".sandboot"))).toEqual(["installed.json"]);
      }
    }
  }, 300_000);

  it(`C5: after each of ${KILLED_BUILDS} kills of a build, the next one ends with a whole stage and nothing beside it`, async () => {
    const folder = await scratchFolder();
    const pool = scratchPool();
    const plans = [];
    for (const version of ["a", "b"]) {
      const root = join(folder, version);
      await makeStage(pool, root, { files: filesOf(version), entries: ENTRIES });
      plans.push(join(root, "plan", "stage.plan.json"));
    }
    const outDir = join(folder, "out", "stage");
    for (let kill = 0; kill < KILLED_BUILDS; kill++) {
      await killAtRandom("looping-builder.ts", [...plans, outDir], 120);
      const planFile = plans[kill % 2] ?? "";
      const manifest = await buildStage({ pool, planFile, outDir, signal: never });
      expect(await verifyStage({ stageDir: outDir, deep: true, pool })).toEqual([]);
      expect(
        manifest.entries.some(({ path }) => path === `config/tool/only-${"ab"[kill % 2]}.js`),
      ).toBe(true);
      expect(await readdir(join(folder, "out"))).toEqual(["stage"]);
    }
  }, 300_000);
});

describe("a half-done install", () => {
  it("C5: what was built beside and not decided is forgotten, and cleared away", async () => {
    const folder = await scratchFolder();
    const pool = scratchPool();
    const stageDir = await makeStage(pool, folder, { files: filesOf("a"), entries: ENTRIES });
    const targetDir = join(folder, "target");
    await writeFiles(targetDir, {
      ".sandboot/new/0": "half of a tool",
      ".sandboot/old/0": "taken out of the way",
      ".sandboot/journal.json.part": "{",
    });
    await installStage({ pool, stageDir, targetDir, env: {}, signal: never });
    expect(await readdir(join(targetDir, ".sandboot"))).toEqual(["installed.json"]);
    const once = await snapshotOfTarget(targetDir);
    const again = await installStage({ pool, stageDir, targetDir, env: {}, signal: never });
    expect(Object.keys(again.counts)).toEqual(["present"]);
    expect(await snapshotOfTarget(targetDir)).toEqual(once);
  });
});

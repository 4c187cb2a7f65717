import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { nodeUnderTest } from "../../../test/support/node-under-test.ts";
import { createStagePool, installStage, uninstallStage } from "../src/index.ts";
import { lockFolder } from "../src/lock.ts";
import { bundleFixtures } from "./support/bundle.ts";
import { never, scratchFolder, scratchPool } from "./support/scratch.ts";
import { makeStage } from "./support/stages.ts";
import { snapshot, snapshotOfTarget, writeFiles } from "./support/trees.ts";

let fixtures = "";

beforeAll(async () => {
  fixtures = await bundleFixtures("lock-holder");
});

/** Starts another process that holds the lock of a folder. */
async function holder(folder: string) {
  const child = spawn(nodeUnderTest, [join(fixtures, "lock-holder.js"), folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return {
    kill: async () => {
      child.kill("SIGKILL");
      await once(child, "close");
    },
  };
}

async function setUp() {
  const folder = await scratchFolder();
  const targetDir = join(folder, "target");
  const stage = (version: string) => {
    const files = Object.fromEntries(
      Array.from({ length: 80 }, (_, index) => [`deps/${index}`, `${version} ${index}`]),
    );
    return makeStage(scratchPool(), join(folder, version), {
      files: { ...files, tool: version },
      entries: [
        { from: "deps", to: "config/deps", kind: "tree", isolation: "private" },
        { from: "deps", to: "config/linked", kind: "link" },
        { from: "tool", to: "config/tool.js" },
      ],
    });
  };
  const install = (stageDir: string, signal = never, pool = scratchPool()) =>
    installStage({ pool, stageDir, targetDir, env: {}, signal });
  return { folder, targetDir, stage, install };
}

describe("the lock of a target", () => {
  it("passes to a waiting process at the moment when its holder is killed", async () => {
    const { targetDir, stage, install } = await setUp();
    const stageDir = await stage("a");
    const other = await holder(targetDir);
    let done = false;
    const installing = install(stageDir).finally(() => {
      done = true;
    });
    // Another target is not locked. By the time its lock has been taken, the first would have been, too.
    const free = await setUp();
    expect((await free.install(stageDir)).waited).toBe(false);
    expect(done).toBe(false);
    await other.kill();
    expect((await installing).waited).toBe(true);
    expect((await install(stageDir)).counts).toEqual({ present: 3 });
  });

  it("is the same for every path to the target", async () => {
    const { folder, targetDir } = await setUp();
    await mkdir(targetDir);
    await symlink(folder, join(folder, "alias"));
    const other = await holder(join(folder, "alias/target"));
    const stop = new AbortController();
    const reason = new Error("enough");
    const waiting = lockFolder(targetDir, stop.signal);
    stop.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await other.kill();
    await using lock = await lockFolder(targetDir, never);
    expect(lock.waited).toBe(false);
  });

  it("ends the wait with the signal's reason, and nothing is changed", async () => {
    const { targetDir, stage, install } = await setUp();
    const stageDir = await stage("a");
    await writeFiles(targetDir, { mine: "mine" });
    const other = await holder(targetDir);
    const stop = new AbortController();
    const installing = install(stageDir, stop.signal);
    const reason = new Error("enough");
    stop.abort(reason);
    await expect(installing).rejects.toBe(reason);
    expect(await snapshot(targetDir)).toEqual({ mine: "file 0644 mine" });
    await other.kill();
  });

  it("C5: many installers of one target, with two stages and two pools, end with the complete tree of the last", async () => {
    const { targetDir, stage, install } = await setUp();
    const stages = [await stage("a"), await stage("b")];
    await using second = createStagePool({ maxThreads: 2 });
    const order: number[] = [];
    const results = await Promise.all(
      Array.from({ length: 10 }, async (_, index) => {
        const pool = index % 3 === 0 ? second : scratchPool();
        const result = await install(stages[index % 2] ?? "", never, pool);
        order.push(index % 2);
        return result;
      }),
    );
    expect(results.filter(({ waited }) => waited).length).toBeGreaterThan(0);
    const last = stages[order.at(-1) ?? 0] ?? "";
    const found = await snapshotOfTarget(targetDir);
    expect((await install(last)).counts).toEqual({ present: 3 });
    expect(await snapshotOfTarget(targetDir)).toEqual(found);
    await uninstallStage({ pool: scratchPool(), targetDir, signal: never });
    await expect(snapshot(targetDir)).rejects.toThrow("ENOENT");
  });
});

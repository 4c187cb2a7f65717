import { lstat, readdir, readFile, rename, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { type InstallItem, installStage, uninstallStage, verifyStage } from "../../src/index.ts";
import {
  isMountable,
  isOverlayMountable,
  mount,
  mountOverlay,
  withBind,
} from "../support/mounts.ts";
import { never, scratchFolder, scratchPool } from "../support/scratch.ts";
import { build, makeStage } from "../support/stages.ts";
import { snapshot, snapshotOfTarget, writeFiles } from "../support/trees.ts";

const MEGABYTE = 1024 * 1024;

const ENTRIES = [
  { from: "tree", to: "private", kind: "tree", isolation: "private" },
  { from: "tree", to: "shared", kind: "tree" },
  { from: "tree", to: "moded", kind: "tree", mode: "600" },
];

/** Makes a stage in one folder and a target in another. They may be on different file systems. */
async function setUp(on: { stage: string; target: string }) {
  const pool = scratchPool();
  const stageDir = await makeStage(pool, on.stage, {
    files: {
      "tree/large": "0123456789abcdef".repeat(MEGABYTE / 16),
      "tree/deep/small": "small",
      "tree/deep/run.sh": { text: "#!/bin/sh", mode: 0o755 },
    },
    entries: ENTRIES,
  });
  const targetDir = join(on.target, "target");
  const { items } = await installStage({ pool, stageDir, targetDir, env: {}, signal: never });
  const item = (path: string) => items.find((one) => one.path === path) as InstallItem;
  const inode = async (path: string) => (await lstat(path)).ino;
  const files = join(stageDir, "files");
  return { targetDir, files, item, inode, stageDir };
}

/** Whether a file shares blocks with another one. */
async function sharesBlocks(path: string): Promise<boolean> {
  const { stdout } = await execa("filefrag", ["-v", path]);
  return stdout.includes("shared");
}

describe.each(["btrfs", "xfs"] as const)("on %s", (kind) => {
  it.skipIf(!isMountable(kind))(
    "trees are reflinked: their blocks are shared until they are written",
    async () => {
      const folder = await scratchFolder();
      const disk = join(folder, "disk");
      mount(kind, disk);
      const { targetDir, files, item } = await setUp({ stage: disk, target: disk });
      for (const path of ["private", "shared", "moded"]) {
        expect(item(path)).toMatchObject({
          result: "reflinked",
          strategy: "reflink",
          reason: "the file system shares blocks until they are written",
        });
      }
      await execa("sync", ["-f", disk]);
      const ours = join(targetDir, "private/large");
      expect(await sharesBlocks(ours)).toBe(true);
      expect(await readFile(ours)).toEqual(await readFile(join(files, "private/large")));
      await writeFile(ours, "the agent's");
      expect(await readFile(join(files, "private/large"), "latin1")).toMatch(/^0123/);
      expect(((await lstat(join(targetDir, "moded/deep/run.sh"))).mode & 0o777).toString(8)).toBe(
        "600",
      );
    },
  );
});

describe("on ext4", () => {
  it.skipIf(!isMountable("ext4"))(
    "private trees are copied; shared trees are hard-linked, unless the plan gives them a mode",
    async () => {
      const folder = await scratchFolder();
      const disk = join(folder, "disk");
      mount("ext4", disk);
      const { targetDir, files, item, inode } = await setUp({ stage: disk, target: disk });
      const why = expect.stringMatching(/reflink: E(NOTSUP|OPNOTSUPP|INVAL|NOTTY)/);
      expect(item("private")).toMatchObject({ result: "copied", reason: why });
      expect(item("shared")).toMatchObject({
        result: "hardlinked",
        strategy: "hardlink",
        reason: why,
      });
      expect(item("moded")).toMatchObject({ result: "copied", reason: why });
      const inStage = (path: string) => inode(join(files, path));
      const inTarget = (path: string) => inode(join(targetDir, path));
      expect(await inTarget("shared/large")).toBe(await inStage("shared/large"));
      expect(await inTarget("private/large")).not.toBe(await inStage("private/large"));
      expect(((await lstat(join(files, "moded/deep/run.sh"))).mode & 0o777).toString(8)).toBe(
        "555",
      );
    },
  );

  it.skipIf(!isMountable("ext4"))(
    "hard links are not taken for the user's files: an uninstall removes them, even if another target has them, too",
    async () => {
      const folder = await scratchFolder();
      const disk = join(folder, "disk");
      mount("ext4", disk);
      const { targetDir, stageDir } = await setUp({ stage: disk, target: disk });
      const pool = scratchPool();
      const other = join(disk, "other");
      await installStage({ pool, stageDir, targetDir: other, env: {}, signal: never });
      await uninstallStage({ pool, targetDir, signal: never });
      expect(await lstat(targetDir).catch(() => null)).toBeNull();
      expect(Object.keys(await snapshot(join(other, "shared")))).toHaveLength(4);
    },
  );
});

describe("across file systems", () => {
  it.skipIf(!isMountable("tmpfs"))(
    "everything is copied from a disk to a tmpfs, and the result says why",
    async () => {
      const folder = await scratchFolder();
      const ram = join(folder, "ram");
      mount("tmpfs", ram);
      const { item } = await setUp({ stage: folder, target: ram });
      for (const path of ["private", "shared", "moded"]) {
        const reason = "reflink: EXDEV, hardlink: EXDEV";
        expect(item(path)).toMatchObject({ result: "copied", strategy: "copy", reason });
      }
    },
  );

  it.skipIf(!isMountable("tmpfs"))("on one tmpfs private trees are copied", async () => {
    const ram = join(await scratchFolder(), "ram");
    mount("tmpfs", ram);
    const { item } = await setUp({ stage: ram, target: ram });
    expect(item("private").result).toBe("copied");
  });

  it.skipIf(!isMountable("tmpfs"))(
    "legacy sources on several file systems are each placed by the best strategy for their own",
    async () => {
      const folder = await scratchFolder();
      const ram = join(folder, "ram");
      mount("tmpfs", ram);
      await writeFile(join(ram, "far"), "far");
      await writeFile(join(folder, "near"), "near");
      const legacy = [
        { from: join(folder, "near"), to: "near" },
        { from: join(ram, "far"), to: "far" },
      ];
      const pool = scratchPool();
      const targetDir = join(folder, "target");
      const options = {
        pool,
        stageDir: join(folder, "no"),
        targetDir,
        env: {},
        legacy,
        signal: never,
      };
      await installStage(options);
      expect(await snapshotOfTarget(targetDir)).toEqual({
        far: "file 0644 far",
        near: "file 0644 near",
      });
    },
  );

  it.skipIf(!isMountable("tmpfs"))(
    "a target with a volume for one folder can be installed, upgraded and uninstalled",
    async () => {
      const folder = await scratchFolder();
      const pool = scratchPool();
      const targetDir = join(folder, "target");
      mount("tmpfs", join(targetDir, "config"));
      await writeFile(join(targetDir, "config/mine"), "mine");
      const before = await snapshot(targetDir);
      for (const version of ["a", "b"]) {
        const stageDir = await makeStage(pool, join(folder, version), {
          files: { "tree/x": version, tool: version, [version]: version },
          entries: [
            { from: "tree", to: "config/tree", kind: "tree", isolation: "private" },
            { from: "tree", to: "config/link", kind: "link" },
            { from: version, to: `config/${version}` },
            { from: "tool", to: "tool" },
          ],
        });
        await installStage({ pool, stageDir, targetDir, env: {}, signal: never });
        expect(await snapshotOfTarget(targetDir)).toEqual({
          ...before,
          [`config/${version}`]: `file 0644 ${version}`,
          "config/link": `link ${stageDir}/files/config/link`,
          "config/tree": "folder",
          "config/tree/x": `file 0644 ${version}`,
          tool: `file 0644 ${version}`,
        });
      }
      await uninstallStage({ pool, targetDir, signal: never });
      expect(await snapshot(targetDir)).toEqual(before);
    },
  );
});

describe.skipIf(!isOverlayMountable())("on an overlay, such as a container's root", () => {
  const pool = scratchPool();
  const install = (stageDir: string, targetDir: string) =>
    installStage({ pool, stageDir, targetDir, env: {}, signal: never });

  async function makeStages(folder: string): Promise<void> {
    for (const version of ["a", "b"]) {
      await makeStage(pool, join(folder, version), {
        files: {
          "tree/deep/x": version,
          [`tree/only-${version}`]: version,
          tool: version,
        },
        entries: [
          { from: "tree", to: "private", kind: "tree", isolation: "private" },
          { from: "tree", to: "config/shared", kind: "tree" },
          { from: "tree", to: "config/link", kind: "link" },
          { from: "tool", to: "config/tool" },
        ],
      });
    }
  }

  it("files of the image's stage are copied, and not moved into the upper layer", async () => {
    const folder = await scratchFolder();
    const image = join(folder, "image");
    await makeStages(image);
    const root = join(folder, "root");
    const upper = mountOverlay(image, root);
    const { items } = await install(join(root, "a/stage"), join(root, "target"));
    expect(items.map(({ path, result, reason }) => [path, result, reason])).toEqual([
      ["config/link", "linked", "shared with the stage"],
      ["config/shared", "copied", expect.stringContaining("hardlink: an overlay copies first")],
      ["config/tool", "copied", "small"],
      ["private", "copied", expect.stringContaining("overlay")],
    ]);
    expect(await readdir(upper)).toEqual(["target"]);
  });

  it("an install in the image is found present, can be upgraded and uninstalled, and the user's files stay", async () => {
    const folder = await scratchFolder();
    const image = join(folder, "image");
    const root = join(folder, "root");
    await makeStages(image);
    const users = {
      "mine/own": "mine",
      "config/mine": "mine",
      "private/deep/mine": "mine",
      "private/mine/deeper/own": "mine",
    };
    // Installed by its later path, because links will lead there.
    await withBind(image, root, async () => {
      await install(join(root, "a/stage"), join(root, "target"));
      await writeFiles(join(root, "target"), users);
    });
    mountOverlay(image, root);
    const target = join(root, "target");
    const before = await snapshot(target);

    expect((await install(join(root, "a/stage"), target)).counts).toEqual({ present: 4 });
    expect(await snapshot(target)).toEqual(before);
    const { items } = await install(join(root, "b/stage"), target);
    expect(items.find(({ path }) => path === "private")?.reason).toContain(
      "kept what is not ours in it: deep/mine, mine",
    );
    const after = await snapshotOfTarget(target);
    const fresh = join(root, "fresh");
    await writeFiles(fresh, users);
    await rm(join(fresh, "private"), { recursive: true });
    await install(join(root, "b/stage"), fresh);
    await writeFiles(fresh, users);
    expect(after).toEqual(await snapshotOfTarget(fresh));
    expect((await readdir(join(target, ".sandboot"))).sort()).toEqual([
      "installed.json",
      "listings",
    ]);
    await uninstallStage({ pool, targetDir: target, signal: never });
    await rm(fresh, { recursive: true });
    await writeFiles(fresh, users);
    expect(await snapshot(target)).toEqual(await snapshot(fresh));
  });

  it("a build replaces a stage of a lower layer, also when it is killed between its steps", async () => {
    const folder = await scratchFolder();
    const image = join(folder, "image");
    await makeStages(image);
    const root = join(folder, "root");
    mountOverlay(image, root);
    const planFile = join(root, "b/plan/stage.plan.json");
    const outDir = join(root, "a/stage");
    const whole = async () => {
      expect(await verifyStage({ stageDir: outDir, deep: true, pool, signal: never })).toEqual([]);
      expect((await readdir(join(root, "a"))).sort()).toEqual(["plan", "stage"]);
      return readFile(join(outDir, "files/config/tool"), "utf8");
    };
    await build(pool, planFile, outDir);
    expect(await whole()).toBe("b");
    // The state after a kill during the removal of the old stage. What is left of it is no longer a stage.
    await rename(outDir, `${outDir}.making-whole`);
    await writeFiles(outDir, { "files/left": "left" });
    await build(pool, join(root, "a/plan/stage.plan.json"), outDir);
    expect(await whole()).toBe("a");
  });
});

describe.each(["ext4", "btrfs", "xfs", "tmpfs"] as const)("a sparse file on %s", (kind) => {
  it.skipIf(!isMountable(kind) || !isMountable("tmpfs"))(
    "stays sparse in the stage and in the copy, and keeps its content",
    async () => {
      const folder = await scratchFolder();
      const disk = join(folder, "disk");
      const ram = join(folder, "ram");
      mount(kind, disk);
      mount("tmpfs", ram);
      const pool = scratchPool();
      const spec = {
        files: { "tree/sparse": "head" },
        entries: [{ from: "tree", to: "tree", kind: "tree", isolation: "private" }],
      };
      await makeStage(pool, ram, spec);
      await truncate(join(ram, "plan/tree/sparse"), 64 * MEGABYTE);
      const { "tree/sparse": _, ...others } = spec.files;
      const stageDir = await makeStage(pool, ram, { ...spec, files: others });
      for (const targetDir of [join(disk, "target"), join(ram, "target")]) {
        await installStage({ pool, stageDir, targetDir, env: {}, signal: never });
        const path = join(targetDir, "tree/sparse");
        const { size, blocks } = await lstat(path);
        expect(size).toBe(64 * MEGABYTE);
        expect(blocks * 512).toBeLessThan(2 * MEGABYTE);
        const content = await readFile(path);
        expect(content.subarray(0, 4).toString()).toBe("head");
        expect(content.subarray(4).every((byte) => byte === 0)).toBe(true);
      }
    },
  );
});

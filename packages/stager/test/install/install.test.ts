import {
  chmod,
  lstat,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { join, relative } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { type InstallOptions, installStage, uninstallStage } from "../../src/index.ts";
import { never, scratchFolder, scratchPool } from "../support/scratch.ts";
import { makeStage, type StageSpec } from "../support/stages.ts";
import { type Files, snapshot, snapshotOfTarget, writeFiles } from "../support/trees.ts";

const FILES: Files = {
  "deps/a/index.js": "a",
  "deps/b/run.sh": { text: "#!/bin/sh", mode: 0o755 },
  "tool/one.js": "one",
  "skill/a/SKILL.md": "skill",
};

const SPEC: StageSpec = {
  files: FILES,
  entries: [
    { from: "deps", to: "config/node_modules", kind: "link" },
    { from: "deps", to: "own/deps", kind: "tree", isolation: "private" },
    { from: "tool/*", to: "config/tool/" },
    { from: "skill/*", to: "config/skill/" },
    { from: "tool/one.js", to: "config/tool/slack.js", gate: "SLACK=true" },
  ],
};

/** Makes a target, stages for it, and functions that install them. */
async function setUp(spec: Partial<StageSpec> = {}) {
  const folder = await scratchFolder();
  const pool = scratchPool();
  const target = join(folder, "target");
  const stage = (name: string, more: Partial<StageSpec>) =>
    makeStage(pool, join(folder, name), { ...SPEC, ...more });
  const stageDir = await stage("a", spec);
  const install = (more: Partial<InstallOptions> = {}) =>
    installStage({ pool, stageDir, targetDir: target, env: {}, signal: never, ...more });
  const uninstall = () => uninstallStage({ pool, targetDir: target, signal: never });
  const read = (path: string) => readFile(join(target, path), "utf8");
  return { folder, target, stageDir, stage, install, uninstall, read };
}

const resultsOf = ({ items }: { items: readonly { path: string; result: string }[] }) =>
  Object.fromEntries(items.map(({ path, result }) => [path, result]));

describe("the result of an install", () => {
  it("C7: has per entry the result, strategy, reason and size, and names only paths that exist", async () => {
    const { target, stageDir, install } = await setUp();
    const result = await install();
    expect(result).toMatchObject({
      source: "stage",
      waited: false,
      counts: { linked: 1, copied: 3, gated: 1 },
      bytes: 10 + 10 + 3 + 5,
    });
    expect(result.stageId).toBe(
      JSON.parse(await readFile(join(stageDir, "stage.json"), "utf8")).id,
    );
    expect(result.durationMs).toBeGreaterThan(0);
    expect(result.items).toEqual([
      {
        path: "config/node_modules",
        result: "linked",
        strategy: "symlink",
        bytes: 10,
        reason: "shared with the stage",
      },
      { path: "config/skill/a", result: "copied", strategy: "copy", bytes: 5, reason: "small" },
      { path: "config/tool/one.js", result: "copied", strategy: "copy", bytes: 3, reason: "small" },
      {
        path: "config/tool/slack.js",
        result: "gated",
        reason: "the environment does not say SLACK=true",
      },
      {
        path: "own/deps",
        result: expect.stringMatching(/^(copied|reflinked)$/),
        strategy: expect.stringMatching(/^(copy|reflink)$/),
        bytes: 10,
        reason: expect.stringMatching(/./),
      },
    ]);
    for (const { path, result: how } of result.items) {
      const stat = await lstat(join(target, path)).catch(() => null);
      expect(stat === null, path).toBe(how === "gated");
    }
  });

  it("is present for every entry of a second install, which changes nothing", async () => {
    const { target, install } = await setUp();
    await install();
    const before = await snapshot(target);
    const inode = (await lstat(join(target, "config/tool/one.js"))).ino;
    const again = await install();
    expect(again.counts).toEqual({ present: 4, gated: 1 });
    expect(again.items[0]?.reason).toBe("linked by an earlier boot");
    expect(await snapshot(target)).toEqual(before);
    expect((await lstat(join(target, "config/tool/one.js"))).ino).toBe(inode);
  });

  it("has copies that are writable and keep executable bits and times, unless the plan gives a mode", async () => {
    const { target, stageDir, install } = await setUp({
      entries: [
        { from: "deps", to: "deps", kind: "tree", isolation: "private" },
        { from: "deps", to: "strict", kind: "tree", mode: "640" },
        { from: "tool/one.js", to: "secret", mode: "600" },
      ],
    });
    await install();
    const modeOf = async (path: string) =>
      ((await lstat(join(target, path))).mode & 0o777).toString(8);
    expect(await modeOf("deps/a/index.js")).toBe("644");
    expect(await modeOf("deps/b/run.sh")).toBe("755");
    expect(await modeOf("strict/b/run.sh")).toBe("640");
    expect(await modeOf("secret")).toBe("600");
    for (const path of ["deps", "deps/a", "deps/a/index.js", "strict/b/run.sh"]) {
      const [there, here] = await Promise.all([
        lstat(join(stageDir, "files", path)),
        lstat(join(target, path)),
      ]);
      expect(Math.abs(there.mtimeMs - here.mtimeMs), path).toBeLessThan(1);
    }
  });

  it("has no links when the isolation of all entries is overridden by private", async () => {
    const { target, install } = await setUp();
    const result = await install({ isolation: "private" });
    expect(result.counts["linked"]).toBeUndefined();
    expect((await lstat(join(target, "config/node_modules"))).isDirectory()).toBe(true);
    await writeFile(join(target, "config/node_modules/a/index.js"), "the agent's");
    const shared = await install();
    expect(resultsOf(shared)["config/node_modules"]).toBe("linked");
  });

  it("has exact modes, whatever the umask of the process", async () => {
    const modes = [0o644, 0o755, 0o664, 0o600, 0o777];
    const many = Array.from({ length: 100 }, (_, index) => [
      `deps/${index}`,
      { text: "x", mode: modes[index % modes.length] ?? 0 },
    ]);
    const { target, install } = await setUp({
      files: { ...FILES, ...Object.fromEntries(many) },
    });
    const umask = process.umask(0o027);
    try {
      await install();
    } finally {
      process.umask(umask);
    }
    for (let index = 0; index < 100; index++) {
      const { mode } = await lstat(join(target, "own/deps", String(index)));
      const inStage = ((modes[index % modes.length] ?? 0) & 0o555) | 0o444;
      expect([index, (mode & 0o777).toString(8)]).toEqual([index, (inStage | 0o200).toString(8)]);
    }
  });

  it("is a refusal when the target is inside the stage", async () => {
    const { folder, stageDir, install } = await setUp();
    const before = await snapshot(stageDir);
    const detour = join(folder, "detour");
    await symlink(join(stageDir, "files"), detour);
    const inside = [join(stageDir, "files/config"), detour, join(detour, "new/target")];
    for (const targetDir of [stageDir, ...inside]) {
      await expect(install({ targetDir })).rejects.toThrow("lies in the stage");
    }
    expect(await snapshot(stageDir)).toEqual(before);
  });

  it("has absolute links, even for a stage that is given by a relative path", async () => {
    const { folder, target, install, read } = await setUp();
    const here = process.cwd();
    const stageDir = relative(here, join(folder, "a/stage"));
    await install({ stageDir, targetDir: relative(here, target) });
    expect(await read("config/node_modules/a/index.js")).toBe("a");
  });
});

describe("gates", () => {
  it.each([
    ["NAME", { NAME: "1" }, true],
    ["NAME", { NAME: "" }, false],
    ["NAME", {}, false],
    ["NAME=a", { NAME: "a" }, true],
    ["NAME=a", { NAME: "b" }, false],
    ["NAME=", { NAME: "" }, true],
    ["NAME=", {}, false],
    ["NAME=a=b", { NAME: "a=b" }, true],
  ])("%s with %j", async (gate, env, open) => {
    const { install } = await setUp({ entries: [{ from: "tool/one.js", to: "x", gate }] });
    expect(resultsOf(await install({ env }))).toEqual({ x: open ? "copied" : "gated" });
  });

  it("an entry is removed when its gate closes", async () => {
    const { target, install } = await setUp();
    await install({ env: { SLACK: "true" } });
    expect(await readdir(join(target, "config/tool"))).toEqual(["one.js", "slack.js"]);
    await install();
    expect(await readdir(join(target, "config/tool"))).toEqual(["one.js"]);
  });

  it("when every gate is closed, nothing is created, not even the target", async () => {
    const { folder, install } = await setUp({
      entries: [{ from: "tool/one.js", to: "x", gate: "X" }],
    });
    expect((await install()).counts).toEqual({ gated: 1 });
    expect((await readdir(folder)).sort()).toEqual(["a"]);
  });
});

describe("the user's own files", () => {
  it("at a staged path are a conflict, and kept", async () => {
    const { target, install, read } = await setUp();
    await writeFiles(target, { "config/tool/one.js": "mine", "config/skill/a/mine.md": "mine" });
    const result = await install();
    expect(resultsOf(result)).toMatchObject({
      "config/tool/one.js": "conflict",
      "config/skill/a": "conflict",
      "config/node_modules": "linked",
    });
    expect(await read("config/tool/one.js")).toBe("mine");
    expect(await readdir(join(target, "config/skill/a"))).toEqual(["mine.md"]);
  });

  it("at the path of one of our folders are a conflict, too", async () => {
    const { target, install, read } = await setUp();
    await writeFiles(target, { config: "mine" });
    expect((await install()).counts).toMatchObject({ conflict: 3 });
    expect(await read("config")).toBe("mine");
  });

  it("are replaced if the policy says so, and restored by an uninstall", async () => {
    const { target, install, uninstall, read } = await setUp();
    await writeFiles(target, { "config/tool/one.js": "mine", "config/skill/a/mine.md": "mine" });
    const before = await snapshot(target);
    const result = await install({ onConflict: "replace" });
    expect(result.counts).not.toHaveProperty("conflict");
    expect(result.items.find(({ path }) => path === "config/tool/one.js")?.reason).toBe(
      "small; what stood there is kept in .sandboot/replaced",
    );
    expect(await read("config/tool/one.js")).toBe("one");
    expect(await read(".sandboot/replaced/config/tool/one.js")).toBe("mine");
    await uninstall();
    expect(await snapshot(target)).toEqual(before);
  });

  it("include our files that the user has changed", async () => {
    const { target, stage, install, uninstall, read } = await setUp();
    await install();
    await writeFile(join(target, "config/tool/one.js"), "edited");
    expect(resultsOf(await install())["config/tool/one.js"]).toBe("conflict");
    const next = await stage("b", { files: { ...FILES, "tool/one.js": "one of b" } });
    expect(resultsOf(await install({ stageDir: next }))["config/tool/one.js"]).toBe("conflict");
    await uninstall();
    expect(await snapshot(target)).toEqual({
      config: "folder",
      "config/tool": "folder",
      "config/tool/one.js": "file 0644 edited",
    });
    expect(await read("config/tool/one.js")).toBe("edited");
  });

  it("do not include our files that were deleted: they are installed again", async () => {
    const { target, install, read } = await setUp();
    await install();
    await rm(join(target, "config/tool/one.js"));
    await rm(join(target, "config/node_modules"));
    expect((await install()).counts).toEqual({ linked: 1, copied: 1, present: 2, gated: 1 });
    expect(await read("config/tool/one.js")).toBe("one");
  });

  it("in an installed folder survive upgrade and uninstall, and so do changed files of ours", async () => {
    const { target, stage, install, uninstall, read } = await setUp();
    await install();
    await writeFiles(target, {
      "config/skill/a/notes.md": "notes",
      "config/skill/a/SKILL.md": "edited",
      "own/deps/a/more/deep.txt": "deep",
    });
    const files = {
      ...FILES,
      "skill/a/SKILL.md": "skill of b",
      "skill/a/notes.md": "b's own notes",
      "deps/a/index.js": "a of b",
    };
    const result = await install({ stageDir: await stage("b", { files }) });
    const reason = result.items.find(({ path }) => path === "config/skill/a")?.reason;
    expect(reason).toBe("small; kept what is not ours in it: SKILL.md, notes.md");
    expect(await read("config/skill/a/notes.md")).toBe("notes");
    expect(await read("config/skill/a/SKILL.md")).toBe("edited");
    expect(await read("own/deps/a/more/deep.txt")).toBe("deep");
    expect(await read("own/deps/a/index.js")).toBe("a of b");
    await uninstall();
    expect(await snapshot(target)).toEqual({
      config: "folder",
      "config/skill": "folder",
      "config/skill/a": "folder",
      "config/skill/a/SKILL.md": "file 0644 edited",
      "config/skill/a/notes.md": "file 0644 notes",
      own: "folder",
      "own/deps": "folder",
      "own/deps/a": "folder",
      "own/deps/a/more": "folder",
      "own/deps/a/more/deep.txt": "file 0644 deep",
    });
  });

  it("whose names are not UTF-8 are kept below replaced/, with their folder", async () => {
    const { target, stage, install, uninstall } = await setUp();
    const path = (folder: string) => Buffer.from(`${target}/${folder}/\xff\xfe`, "latin1");
    await install();
    await writeFile(path("own/deps/a"), "deep");
    await install({ stageDir: await stage("b", { files: { ...FILES, "deps/b/run.sh": "b" } }) });
    expect(await readFile(path(".sandboot/replaced/own/deps/a"), "utf8")).toBe("deep");
    await uninstall();
    expect(await readFile(path("own/deps/a"), "utf8")).toBe("deep");
  });

  it("in an installed folder are kept below replaced/ if the policy is to replace", async () => {
    const { target, stage, install, read } = await setUp();
    await install();
    await writeFile(join(target, "config/skill/a/SKILL.md"), "edited");
    await writeFile(join(target, "config/skill/a/notes.md"), "notes");
    const next = await stage("b", { files: { ...FILES, "skill/a/SKILL.md": "skill of b" } });
    await install({ stageDir: next, onConflict: "replace" });
    expect(await read("config/skill/a/SKILL.md")).toBe("skill of b");
    expect(await read("config/skill/a/notes.md")).toBe("notes");
    expect(await read(".sandboot/replaced/config/skill/a/SKILL.md")).toBe("edited");
  });

  it("are never written through a link into the stage", async () => {
    const { target, stage, install, stageDir } = await setUp({
      entries: [{ from: "deps", to: "config/deps", kind: "tree", isolation: "private" }],
    });
    await install();
    await writeFile(join(target, "config/deps/a/notes.md"), "notes");
    const linking = { entries: [{ from: "deps", to: "config/deps", kind: "link" }] };
    const next = await stage("b", linking);
    const [before, nextBefore] = [await snapshot(stageDir), await snapshot(next)];
    await install({ stageDir: next });
    expect(await snapshot(stageDir)).toEqual(before);
    expect(await snapshot(next)).toEqual(nextBefore);
    const kept = join(target, ".sandboot/replaced/config/deps/a/notes.md");
    expect(await readFile(kept, "utf8")).toBe("notes");
  });
});

describe("upgrade", () => {
  it("another stage replaces exactly the files of the old one", async () => {
    const { target, stage, install } = await setUp();
    await writeFiles(target, { "config/tool/mine.js": "mine", "other/x": "x" });
    await install();
    const next = await stage("b", {
      files: { "tool/two.js": "two" },
      entries: [{ from: "tool/*", to: "config/tool/" }],
    });
    expect((await install({ stageDir: next })).counts).toEqual({ copied: 1 });
    expect(await snapshotOfTarget(target)).toEqual({
      config: "folder",
      "config/tool": "folder",
      "config/tool/mine.js": "file 0644 mine",
      "config/tool/two.js": "file 0644 two",
      other: "folder",
      "other/x": "file 0644 x",
    });
  });

  it("does not write into a stage when a link becomes a folder with files, and back", async () => {
    const { target, stage, stageDir, install, read } = await setUp({
      entries: [{ from: "skill", to: "config/skill", kind: "link" }],
    });
    const next = await stage("b", { entries: [{ from: "skill/*", to: "config/skill/" }] });
    const whole = [await snapshot(stageDir), await snapshot(next)];
    await install();
    expect(resultsOf(await install({ stageDir: next }))).toEqual({ "config/skill/a": "copied" });
    expect((await lstat(join(target, "config/skill"))).isSymbolicLink()).toBe(false);
    expect(resultsOf(await install())).toEqual({ "config/skill": "linked" });
    expect((await lstat(join(target, "config/skill"))).isSymbolicLink()).toBe(true);
    expect(await read("config/skill/a/SKILL.md")).toBe("skill");
    expect([await snapshot(stageDir), await snapshot(next)]).toEqual(whole);
  });

  it.each<[what: string, make: (path: string) => Promise<unknown>]>([
    ["an empty marker", (path) => writeFile(path, "")],
    ["a pipe as marker", (path) => execa("mkfifo", [path])],
  ])("with %s keeps the links that are right", async (_, make) => {
    const { target, install } = await setUp();
    await install();
    const marker = join(target, ".sandboot/installed.json");
    await rm(marker);
    await make(marker);
    expect(resultsOf(await install())).toMatchObject({
      "config/node_modules": "linked",
      "config/tool/one.js": "conflict",
    });
  });

  it.each([
    { entries: [null] },
    { entries: [{ path: "../precious", identity: "folder", listing: null }] },
    { folders: 5 },
    { folders: [".."] },
  ])("treats a marker with %j as lost", async (damage) => {
    const { folder, target, install, uninstall } = await setUp();
    await mkdir(join(folder, "precious"));
    await install();
    const note = join(target, ".sandboot/installed.json");
    await writeFile(
      note,
      JSON.stringify({ ...JSON.parse(await readFile(note, "utf8")), ...damage }),
    );
    expect(resultsOf(await install())).toMatchObject({ "config/node_modules": "linked" });
    await uninstall();
    expect((await readdir(folder)).sort()).toEqual(["a", "precious", "target"]);
  });

  it("keeps other files in .sandboot, which is also the name of a boot's state folder", async () => {
    const { target, install, uninstall } = await setUp();
    await writeFiles(target, { ".sandboot/state/events.jsonl": "events" });
    const state = await snapshot(target);
    await uninstall();
    expect(await snapshot(target)).toEqual(state);
    await install();
    await install({ isolation: "private" });
    await uninstall();
    expect(await snapshot(target)).toEqual(state);
  });

  it("links again to a stage that was moved", async () => {
    const { folder, stageDir, install, read } = await setUp();
    await install();
    const moved = join(folder, "moved");
    await rename(stageDir, moved);
    expect(resultsOf(await install({ stageDir: moved }))["config/node_modules"]).toBe("linked");
    expect(await read("config/node_modules/a/index.js")).toBe("a");
  });
});

describe("uninstall", () => {
  it("removes everything of ours, including folders and the target", async () => {
    const { folder, install, uninstall } = await setUp();
    await install();
    await uninstall();
    expect((await readdir(folder)).sort()).toEqual(["a"]);
  });

  it("keeps the user's files and folders, and files that the user put in place of ours", async () => {
    const { target, install, uninstall } = await setUp();
    await mkdir(join(target, "own/empty"), { recursive: true });
    await install();
    await writeFiles(target, { "config/tool/mine.js": "mine" });
    await rm(join(target, "config/node_modules"));
    await symlink("/usr/lib/node_modules", join(target, "config/node_modules"));
    await uninstall();
    expect(await snapshot(target)).toEqual({
      config: "folder",
      "config/node_modules": "link /usr/lib/node_modules",
      "config/tool": "folder",
      "config/tool/mine.js": "file 0644 mine",
      own: "folder",
      "own/empty": "folder",
    });
  });

  it("does nothing when nothing is installed", async () => {
    const { folder, target, uninstall } = await setUp();
    await uninstall();
    await uninstallStage({ pool: scratchPool(), targetDir: join(target, "deep"), signal: never });
    expect((await readdir(folder)).sort()).toEqual(["a"]);
    await writeFiles(target, { "mine.txt": "mine" });
    await uninstall();
    expect(await readdir(target)).toEqual(["mine.txt"]);
  });

  it("does not need the stage", async () => {
    const { folder, target, stageDir, install, uninstall } = await setUp();
    await install();
    await chmod(stageDir, 0o755);
    await rm(join(folder, "a"), { recursive: true });
    await uninstall();
    expect(await lstat(target).catch(() => null)).toBeNull();
  });
});

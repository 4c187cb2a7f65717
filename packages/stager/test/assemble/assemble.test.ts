import { mkdir, readdir, readFile, readlink, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type AssembleOptions, type AssembleWarning, assembleConfig } from "../../src/index.ts";
import { never, scratchFolder, scratchPool } from "../support/scratch.ts";
import { snapshot, snapshotOfTarget, writeFiles } from "../support/trees.ts";

const refused = (path: string, reason: string): AssembleWarning => ({
  type: "refused",
  source: "shop",
  path,
  reason,
});

const byPath = (a: AssembleWarning, b: AssembleWarning) => (a.path < b.path ? -1 : 1);

/** Makes a workspace with two repositories and a system folder, and a function that assembles it. */
async function workspace() {
  const folder = await scratchFolder();
  const pool = scratchPool();
  const repository = (name: string) => ({ name, dir: join(folder, name) });
  const repositories = [repository("shop"), repository("docs")];
  for (const { dir } of repositories) await mkdir(dir, { recursive: true });
  const system = { name: "sandboot", configDir: join(folder, "system") };
  const targetDir = join(folder, "workspace", ".opencode");
  const recordFile = join(folder, "state/assembled.json");
  const assemble = (more: Partial<AssembleOptions> = {}) =>
    assembleConfig({ pool, repositories, system, targetDir, recordFile, signal: never, ...more });
  return { folder, targetDir, recordFile, assemble };
}

const read = (...path: string[]) => readFile(join(...path), "utf8");

describe("assembleConfig", () => {
  it("merges in order, the system's folder last, and names both sources of an overridden path", async () => {
    const { folder, targetDir, assemble } = await workspace();
    await writeFiles(folder, {
      "shop/.opencode/tool/price.js": "shop's price",
      "shop/.opencode/tool/lint.js": "shop's lint",
      "shop/.opencode/tool/status.js": "shop's status",
      "docs/.opencode/tool/lint.js": "docs' lint",
      "docs/.opencode/agent/writer.md": "docs' writer",
      "system/tool/status.js": "the system's status",
    });
    const heard: AssembleWarning[] = [];
    const result = await assemble({ onWarning: (warning) => heard.push(warning) });
    expect(await read(targetDir, "tool/price.js")).toBe("shop's price");
    expect(await read(targetDir, "tool/lint.js")).toBe("docs' lint");
    expect(await read(targetDir, "agent/writer.md")).toBe("docs' writer");
    expect(await read(targetDir, "tool/status.js")).toBe("the system's status");
    expect(result.counts).toEqual({ linked: 4 });
    expect(heard).toEqual([
      { type: "overridden", path: "tool/lint.js", winner: "docs", loser: "shop" },
      { type: "overridden", path: "tool/status.js", winner: "sandboot", loser: "shop" },
    ]);
  });

  it("links to the repositories' own files, so that edits take effect", async () => {
    const { folder, targetDir, assemble } = await workspace();
    await writeFiles(folder, { "shop/.opencode/tool/price.js": "before" });
    await assemble();
    await writeFile(join(folder, "shop/.opencode/tool/price.js"), "after");
    expect(await read(targetDir, "tool/price.js")).toBe("after");
  });

  it("removes paths that a repository no longer has, and keeps the user's own", async () => {
    const { folder, targetDir, assemble } = await workspace();
    await writeFiles(folder, {
      "shop/.opencode/command/old.md": "old",
      "shop/.opencode/tool/price.js": "price",
      "workspace/.opencode/tool/mine.js": "the user's",
      "workspace/.opencode/tool/price.js": "the user's price",
    });
    const first = await assemble();
    expect(first.items.find(({ path }) => path === "tool/price.js")?.result).toBe("conflict");
    await rm(join(folder, "shop/.opencode/command"), { recursive: true });
    await writeFiles(folder, { "docs/.opencode/tool/lint.js": "lint" });
    await assemble();
    expect(await snapshotOfTarget(targetDir)).toEqual({
      tool: "folder",
      "tool/lint.js": `link ${join(folder, "docs/.opencode/tool/lint.js")}`,
      "tool/mine.js": "file 0644 the user's",
      "tool/price.js": "file 0644 the user's price",
    });
  });

  it("refuses links out of their repository, and accepts others", async () => {
    const { folder, targetDir, assemble } = await workspace();
    await writeFiles(folder, {
      "secret.txt": "the host's",
      "docs/secret.txt": "another repository's",
      "shop/shared/tool.js": "shared",
      "shop/shared/skills/a/SKILL.md": "skill",
      "shop/.opencode/tool/good.js": "good",
    });
    const links: Record<string, string> = {
      "tool/absolute.js": join(folder, "secret.txt"),
      "tool/dangling.js": "nowhere.js",
      "tool/inside.js": "../../shared/tool.js",
      "tool/loop.js": "loop.js",
      "tool/other.js": "../../../docs/secret.txt",
      skill: "../shared/skills",
    };
    for (const [path, target] of Object.entries(links)) {
      await symlink(target, join(folder, "shop/.opencode", path));
    }
    const { warnings } = await assemble();
    expect((await readdir(join(targetDir, "tool"))).sort()).toEqual(["good.js", "inside.js"]);
    expect(await read(targetDir, "tool/inside.js")).toBe("shared");
    expect(await read(targetDir, "skill/a/SKILL.md")).toBe("skill");
    expect(warnings.toSorted(byPath)).toEqual([
      refused(
        ".opencode/tool/absolute.js",
        `it is a link out of the repository, to ${folder}/secret.txt`,
      ),
      refused(".opencode/tool/dangling.js", "it is a dangling link"),
      refused(".opencode/tool/loop.js", "it is a link that leads back to itself"),
      refused(
        ".opencode/tool/other.js",
        `it is a link out of the repository, to ${folder}/docs/secret.txt`,
      ),
    ]);
  });

  it("refuses a config folder that is itself a link out of the repository", async () => {
    const { folder, targetDir, assemble } = await workspace();
    await writeFiles(folder, { "elsewhere/tool/x.js": "x", "docs/.opencode/tool/y.js": "y" });
    await symlink("../elsewhere", join(folder, "shop/.opencode"));
    const { warnings } = await assemble();
    expect(await readdir(join(targetDir, "tool"))).toEqual(["y.js"]);
    expect(warnings).toMatchObject([{ type: "refused", source: "shop", path: ".opencode" }]);
  });

  it("takes files that npm generated, links included, only from the system's folder", async () => {
    const { folder, targetDir, assemble } = await workspace();
    await writeFiles(folder, {
      "stage/node_modules/plugin/index.js": "plugin",
      "shop/.opencode/node_modules/plugin/index.js": "shop's own",
      "shop/.opencode/package.json": "{}",
      "shop/.opencode/.gitignore": "node_modules",
      "shop/.opencode/skill/a/package.json": "a skill's own",
      "system/package.json": "{ }",
    });
    await symlink(join(folder, "stage/node_modules"), join(folder, "system/node_modules"));
    const { warnings } = await assemble();
    expect(warnings).toEqual([]);
    expect(await read(targetDir, "node_modules/plugin/index.js")).toBe("plugin");
    expect(await readlink(join(targetDir, "package.json"))).toBe(
      join(folder, "system/package.json"),
    );
    expect(await read(targetDir, "skill/a/package.json")).toBe("a skill's own");
  });

  it("uses the later one when a repository has a file where another has a folder", async () => {
    const { folder, targetDir, assemble } = await workspace();
    await writeFiles(folder, {
      "shop/.opencode/skill/a/SKILL.md": "a folder",
      "shop/.opencode/agent": "a file",
      "docs/.opencode/skill/a": "a file",
      "docs/.opencode/agent/b.md": "a folder",
    });
    const { warnings } = await assemble();
    expect(await read(targetDir, "skill/a")).toBe("a file");
    expect(await read(targetDir, "agent/b.md")).toBe("a folder");
    expect(warnings.map((warning) => warning.path)).toEqual(["agent", "skill/a/SKILL.md"]);
  });

  it("leaves out sockets and names that are not UTF-8, with a warning", async () => {
    const { folder, assemble, targetDir } = await workspace();
    await writeFiles(folder, { "shop/.opencode/tool/good.js": "good" });
    const server = createServer();
    const socket = join(folder, "shop/.opencode/tool/socket");
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    await writeFile(
      Buffer.concat([Buffer.from(`${folder}/shop/.opencode/tool/`), Buffer.from([0xff, 0xfe])]),
      "not UTF-8",
    );
    const { warnings } = await assemble();
    await new Promise((resolve) => server.close(resolve));
    expect(await readdir(join(targetDir, "tool"))).toEqual(["good.js"]);
    expect(warnings).toEqual([
      refused(".opencode/tool/socket", "it is neither a file, a folder nor a link"),
      refused(".opencode/tool/\ufffd\ufffd", "its name is not UTF-8"),
    ]);
  });

  it("leaves out a repository's .sandboot, and a folder whose name is not UTF-8", async () => {
    const { folder, assemble, targetDir } = await workspace();
    await writeFiles(folder, {
      "shop/.opencode/.sandboot/installed.json": "{}",
      "shop/.opencode/tool/good.js": "good",
    });
    await mkdir(Buffer.concat([Buffer.from(`${folder}/shop/.opencode/x`), Buffer.from([0xff])]));
    const { warnings, counts } = await assemble();
    expect(warnings).toEqual([
      refused(".opencode/.sandboot", "the installer uses this name"),
      refused(".opencode/x\ufffd", "its name is not UTF-8"),
    ]);
    expect(counts).toEqual({ linked: 1 });
    expect((await assemble()).counts).toEqual({ present: 1 });
    expect(Object.keys(await snapshotOfTarget(targetDir))).toEqual(["tool", "tool/good.js"]);
  });

  it("creates no folder when no repository has files", async () => {
    const { folder, assemble } = await workspace();
    await writeFiles(folder, { "workspace/keep.txt": "" });
    const result = await assemble();
    expect(result.counts).toEqual({});
    expect(await snapshot(join(folder, "workspace"))).toEqual({ "keep.txt": "file 0644 " });
  });

  it.each(["a link", "a file"])(
    "places nothing when the folder is %s, and says so",
    async (what) => {
      const { folder, targetDir, assemble } = await workspace();
      await writeFiles(folder, { "shop/.opencode/tool/x.js": "x", "elsewhere/keep.txt": "" });
      await mkdir(join(folder, "workspace"));
      if (what === "a link") await symlink("../elsewhere", targetDir);
      else await writeFile(targetDir, "");
      const { counts, warnings } = await assemble();
      expect(counts).toEqual({});
      expect(warnings).toMatchObject([
        { type: "refused", path: ".opencode", source: "the workspace" },
      ]);
      expect(await readdir(join(folder, "elsewhere"))).toEqual(["keep.txt"]);
    },
  );

  it("follows no link in the folder, neither to place nor to remove", async () => {
    const { folder, targetDir, assemble } = await workspace();
    await writeFiles(folder, { "shop/.opencode/tool/x.js": "x", "shop/.opencode/a/b/c.md": "c" });
    await assemble();
    await mkdir(join(folder, "elsewhere/b"), { recursive: true });
    const decoy = join(folder, "elsewhere/b/c.md");
    await symlink(join(folder, "shop/.opencode/a/b/c.md"), decoy);
    for (const name of ["tool", "a"]) {
      await rm(join(targetDir, name), { recursive: true });
      await symlink("../../elsewhere", join(targetDir, name));
    }
    await rm(join(folder, "shop/.opencode/a"), { recursive: true });
    const { items } = await assemble();
    expect(items).toEqual([{ path: "tool/x.js", result: "conflict" }]);
    expect(await readdir(join(folder, "elsewhere"))).toEqual(["b"]);
    expect(await readlink(decoy)).toBe(join(folder, "shop/.opencode/a/b/c.md"));
  });

  it("reads nothing from the folder of what an earlier call did", async () => {
    const { folder, targetDir, assemble } = await workspace();
    const journal = {
      operations: [{ id: "place", path: "../planted", part: "0", replaces: null }],
      marker: null,
      folders: [],
      onConflict: "keep",
    };
    await writeFiles(folder, {
      "shop/.opencode/tool/x.js": "x",
      "workspace/.opencode/.sandboot/journal.json": JSON.stringify(journal),
      "workspace/.opencode/.sandboot/new/0": "planted",
    });
    expect((await assemble()).counts).toEqual({ linked: 1 });
    expect(await readdir(join(folder, "workspace"))).toEqual([".opencode"]);
    expect(await read(targetDir, ".sandboot/new/0")).toBe("planted");
  });

  it("completes a call that was killed, by its record", async () => {
    const { folder, targetDir, recordFile, assemble } = await workspace();
    await writeFiles(folder, { "shop/.opencode/tool/x.js": "x" });
    await writeFiles(targetDir, { "tool/keep.js": "" });
    await symlink("/gone", join(targetDir, "tool/old.js"));
    await mkdir(join(targetDir, "skill"));
    await writeFiles(join(recordFile, ".."), {
      "assembled.json": JSON.stringify({ links: { "tool/old.js": "/gone" }, folders: ["skill"] }),
    });
    await assemble();
    expect(await readdir(targetDir)).toEqual(["tool"]);
    expect((await readdir(join(targetDir, "tool"))).sort()).toEqual(["keep.js", "x.js"]);
  });

  it.each([[null], [{ links: { "../precious": "/x" }, folders: [".."] }], [{ links: 5 }]])(
    "treats a record with %j as lost",
    async (record) => {
      const { folder, recordFile, assemble } = await workspace();
      await symlink("/x", join(folder, "precious"));
      await writeFiles(folder, { "shop/.opencode/tool/x.js": "x" });
      await writeFiles(join(recordFile, ".."), { "assembled.json": JSON.stringify(record) });
      expect((await assemble()).counts).toEqual({ linked: 1 });
      expect(await readlink(join(folder, "precious"))).toBe("/x");
    },
  );
});

import { chmod, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { readStageContents, type StageUnusable, verifyStage } from "../../src/index.ts";
import { compareStages, summarise } from "../../src/verify/inspect.ts";
import { never, scratchFolder, scratchPool } from "../support/scratch.ts";
import { makeStage, type StageSpec } from "../support/stages.ts";
import { damage, type Files } from "../support/trees.ts";

const SPEC: StageSpec = {
  files: {
    "tree/a": "aaaa",
    "tree/deep/b": "bb",
    "tool/one.js": "one",
    "tool/run.sh": { text: "#!", mode: 0o755 },
  },
  entries: [
    { from: "tree", to: "config/tree", kind: "link" },
    { from: "tool/*", to: "config/tool/", gate: "TOOLS" },
  ],
  agentVersion: "1.0.0",
};

let stageDir = "";
let files = "";

beforeEach(async () => {
  const folder = await scratchFolder();
  stageDir = await makeStage(scratchPool(), folder, SPEC);
  await symlink("a", join(folder, "plan/tree/link"));
  stageDir = await makeStage(scratchPool(), folder, SPEC);
  files = join(stageDir, "files/config");
});

const verify = (deep = false) =>
  verifyStage({ stageDir, deep, pool: scratchPool(), signal: never });

describe("verify", () => {
  it("finds no problem in a stage as it was built", async () => {
    expect(await verify()).toEqual([]);
    expect(await verify(true)).toEqual([]);
  });

  it("names paths that are missing or unexpected, or have another type, size, mode or target", async () => {
    await rm(join(files, "tool/one.js"));
    await writeFile(join(files, "tree/extra"), "");
    await rm(join(files, "tree/deep"), { recursive: true });
    await writeFile(join(files, "tree/deep"), "");
    await damage(join(files, "tree/a"), "aaaa!");
    await chmod(join(files, "tool/run.sh"), 0o755);
    await rm(join(files, "tree/link"));
    await symlink("extra", join(files, "tree/link"));
    expect(await verify()).toEqual([
      { path: "config/tool/one.js", problem: "missing", expected: "file", found: "nothing" },
      { path: "config/tool/run.sh", problem: "mode", expected: "0555", found: "0755" },
      { path: "config/tree/a", problem: "size", expected: "4 bytes", found: "5 bytes" },
      { path: "config/tree/deep", problem: "type", expected: "folder", found: "file" },
      { path: "config/tree/deep/b", problem: "missing", expected: "file", found: "nothing" },
      { path: "config/tree/link", problem: "target", expected: "a", found: "extra" },
      { path: "config/tree/extra", problem: "unexpected", expected: "nothing", found: "file" },
    ]);
  });

  it("names sockets and names that are not UTF-8", async () => {
    await writeFile(Buffer.concat([Buffer.from(`${files}/tree/z`), Buffer.from([0xff])]), "");
    await rm(join(files, "tree/a"));
    const servers = await Promise.all(
      ["tree/a", "tree/extra"].map(async (path) => {
        const server = createServer();
        await new Promise<void>((resolve) => server.listen(join(files, path), resolve));
        return server;
      }),
    );
    const problems = await verify(true);
    for (const server of servers) await new Promise((resolve) => server.close(resolve));
    expect(problems.map(({ path, problem, found }) => [path, problem, found])).toEqual([
      ["config/tree/a", "type", "neither a file, a folder nor a link"],
      ["config/tree/extra", "unexpected", "neither a file, a folder nor a link"],
      ["config/tree/z\ufffd", "unexpected", "file"],
    ]);
  });

  it("notices other content of the same size only with deep", async () => {
    await damage(join(files, "tree/a"), "aaab");
    expect(await verify()).toEqual([]);
    const [problem, ...others] = await verify(true);
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ path: "config/tree/a", problem: "content" });
    expect(problem?.expected).toMatch(/^sha256 [0-9a-f]{64}$/);
    expect(problem?.found).not.toBe(problem?.expected);
  });

  it("notices when stage.json and files.json do not agree", async () => {
    const { manifest, files: list } = await readStageContents(stageDir);
    const path = join(stageDir, "stage.json");
    await writeFile(path, JSON.stringify({ ...manifest, agentVersion: "2.0.0" }));
    expect(await verify()).toMatchObject([{ path: "stage.json", problem: "content" }]);
    await writeFile(path, JSON.stringify(manifest));
    const changed = list.map((file) =>
      file.path === "config/tree/a" ? { ...file, bytes: 5 } : file,
    );
    await writeFile(join(stageDir, "files.json"), JSON.stringify(changed));
    await damage(join(files, "tree/a"), "aaaa!");
    expect(await verify()).toMatchObject([
      { path: "files.json (config/tree)", problem: "content" },
    ]);
  });

  it.each([
    ["stage.json", "{", "it is not JSON"],
    ["files.json", "[", "it is not JSON"],
    ["files.json", "{}", "it is not a JSON list"],
    ["files.json", null, "the file does not exist"],
  ])("reports an invalid %s: %j", async (name, content, says) => {
    const path = join(stageDir, name);
    await rm(path);
    if (content !== null) await writeFile(path, content);
    const error = await verify().catch((reason: unknown) => reason as StageUnusable);
    expect(error).toMatchObject({ name: "StageUnusable", path });
    expect((error as StageUnusable).reason).toContain(says);
  });
});

describe("inspect", () => {
  it("shows sizes by entry, the ten largest files and gated entries", async () => {
    const folder = await scratchFolder();
    const many = Object.fromEntries(
      Array.from({ length: 12 }, (_, index) => [`many/${index}`, "x".repeat(index)]),
    );
    const stage = await makeStage(scratchPool(), folder, {
      files: { ...many, one: "1".repeat(100) },
      entries: [
        { from: "one", to: "one", gate: "ONE=1" },
        { from: "many", to: "many", kind: "tree" },
      ],
    });
    const summary = summarise(await readStageContents(stage));
    expect(summary).toMatchObject({ bytes: 166, files: 13, agentVersion: null });
    expect(summary.entries.map(({ path, bytes, files: count }) => [path, bytes, count])).toEqual([
      ["one", 100, 1],
      ["many", 66, 12],
    ]);
    expect(summary.largest).toHaveLength(10);
    expect(summary.largest.slice(0, 2)).toEqual([
      { path: "one", bytes: 100 },
      { path: "many/11", bytes: 11 },
    ]);
    expect(summary.gated).toEqual([{ path: "one", gate: "ONE=1" }]);
  });
});

describe("diff", () => {
  it("shows added, removed and changed paths, with both sides", async () => {
    const other = await scratchFolder();
    const { "tree/deep/b": _, ...kept } = SPEC.files;
    const changed: Files = { ...kept, "tree/a": "AAAA", "tool/two.js": "two" };
    await mkdir(join(other, "plan/tree/deep"), { recursive: true });
    await symlink("deep", join(other, "plan/tree/link"));
    const b = await makeStage(scratchPool(), other, { ...SPEC, files: changed });
    const differences = compareStages(
      await readStageContents(stageDir),
      await readStageContents(b),
    );
    expect(differences).toEqual([
      {
        path: "config/tool/two.js",
        change: "added",
        before: null,
        after: expect.stringMatching(/^file 0444 3 bytes sha256 [0-9a-f]{12}$/),
      },
      {
        path: "config/tree/a",
        change: "changed",
        before: expect.stringContaining("4 bytes"),
        after: expect.stringContaining("4 bytes"),
      },
      {
        path: "config/tree/deep/b",
        change: "removed",
        before: expect.stringContaining("2 bytes"),
        after: null,
      },
      {
        path: "config/tree/link",
        change: "changed",
        before: "link to a",
        after: "link to deep",
      },
    ]);
    const same = await readStageContents(stageDir);
    expect(compareStages(same, same)).toEqual([]);
  });

  it("shows differences in stage.json alone, too, because stages with different ids are never equal", async () => {
    const files: Files = { a: "a", b: "b" };
    const stageOf = async (spec: Omit<StageSpec, "files">) =>
      readStageContents(await makeStage(scratchPool(), await scratchFolder(), { ...spec, files }));
    const before = await stageOf({
      entries: [
        { from: "a", to: "a" },
        { from: "b", to: "b" },
      ],
    });
    const after = await stageOf({
      entries: [
        { from: "a", to: "a", gate: "WITH_A=1", mode: "600" },
        { from: "b", to: "b" },
      ],
      agentVersion: "1.2.3",
    });
    expect(compareStages(before, after)).toEqual([
      {
        path: "stage.json (a)",
        change: "changed",
        before: "copy, shared",
        after: "copy, shared, mode 0600, gate WITH_A=1",
      },
      { path: "stage.json (agentVersion)", change: "changed", before: "any", after: "1.2.3" },
    ]);
  });
});

describe("a damaged files.json", () => {
  it.each([
    null,
    1,
    { path: 5, type: "folder" },
    { path: "../../etc/passwd", type: "folder" },
    { path: "a", type: "socket" },
    { path: "a", type: "link" },
    { path: "a", type: "file", mode: 0o444, bytes: 1 },
  ])("is reported with its path and row: %j", async (row) => {
    const folder = await scratchFolder();
    const stage = await makeStage(scratchPool(), folder, {
      files: { a: "a" },
      entries: [{ from: "a", to: "a" }],
    });
    const path = join(stage, "files.json");
    const rows = JSON.parse(await readFile(path, "utf8"));
    await writeFile(path, JSON.stringify([...rows, row]));
    await expect(readStageContents(stage)).rejects.toThrow(`${path}: row 2 is invalid`);
  });
});

import {
  chmod,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { buildStage, StageBuildError, StagePlanError } from "../../src/index.ts";
import { never, scratchFolder, scratchPool } from "../support/scratch.ts";
import { build, type StageSpec, writePlan } from "../support/stages.ts";
import { snapshot } from "../support/trees.ts";

/** Makes a plan in a new folder, and a function that builds it. */
async function planOf(spec: Partial<StageSpec>) {
  const folder = await scratchFolder();
  const pool = scratchPool();
  const root = join(folder, "plan");
  const planFile = await writePlan(root, { files: {}, entries: [], ...spec });
  const outDir = join(folder, "out", "stage");
  return { folder, root, pool, planFile, outDir, build: () => build(pool, planFile, outDir) };
}

/** Builds a plan that must be refused. Expects that nothing is left behind. @returns The message. */
async function refusalOf(plan: Awaited<ReturnType<typeof planOf>>): Promise<string> {
  const error = await plan.build().then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StageBuildError);
  const left = await readdir(join(plan.folder, "out")).catch(() => []);
  expect(left).toEqual([]);
  return (error as Error).message;
}

describe("a build refuses, and leaves no stage behind", () => {
  it("a required entry that matches nothing, and names it", async () => {
    const plan = await planOf({ entries: [{ from: "tool/*.js", to: "config/tool/" }] });
    expect(await refusalOf(plan)).toBe(
      `entry "tool/*.js": it is required, but nothing below ${plan.root} matches`,
    );
  });

  it("not an optional entry that matches nothing", async () => {
    const plan = await planOf({
      files: { a: "a" },
      entries: [
        { from: "tool/*.js", to: "config/tool/", required: false },
        { from: "a", to: "a" },
      ],
    });
    expect((await plan.build()).entries.map(({ path }) => path)).toEqual(["a"]);
  });

  it.each([
    { first: "x", second: "x", where: "x" },
    { first: "x", second: "./x", where: "x" },
    { first: "x", second: "x/y", where: "x/y, inside x" },
  ])("two entries for one path: $first and $second", async ({ first, second, where }) => {
    const plan = await planOf({
      files: { a: "a", b: "b" },
      entries: [
        { from: "a", to: first },
        { from: "b", to: second },
      ],
    });
    expect(await refusalOf(plan)).toBe(`entry "b": it claims ${where}, as does entry "a"`);
  });

  it("two matches of one entry with the same name", async () => {
    const plan = await planOf({
      files: { "a/x": "1", "b/x": "2" },
      entries: [{ from: "*/x", to: "all/" }],
    });
    expect(await refusalOf(plan)).toBe('entry "*/x": it claims all/x, as does another match of it');
  });

  it("several matches for a path that is not a folder", async () => {
    const plan = await planOf({
      files: { "a.js": "", "b.js": "" },
      entries: [{ from: "*.js", to: "one" }],
    });
    expect(await refusalOf(plan)).toMatch('it matches 2 paths, so "to" must be a folder');
  });

  it.each([
    "../x",
    "/x",
    "a/../../x",
    "a/..",
    ".",
    "./",
    "",
    ".sandboot/x",
    "./.sandboot",
    ".//.sandboot",
    "././",
  ])("a path that leads out of the stage or is reserved: to %j", async (to) => {
    const plan = await planOf({ files: { a: "a" }, entries: [{ from: "a", to }] });
    const message = await refusalOf(plan);
    expect(message).toContain(`${plan.planFile}: entries.0.to (of "a"): `);
    expect(message).toContain(`found ${JSON.stringify(to)}`);
  });

  it.each([
    [{ entries: [{ from: "a" }] }, 'entries.0.to (of "a"): '],
    [{ entries: [{ from: "a", to: "a", kind: "move" }] }, 'entries.0.kind (of "a"): '],
    [{ entries: [{ from: "a", to: "a", gate: "A B" }] }, "expected NAME or NAME=value"],
    [{ entries: [{ from: "a", to: "a", mode: "9" }] }, "expected an octal mode of three digits"],
    [{ entrys: [] }, "entrys"],
    [[], "expected object"],
  ])("an invalid plan: %j", async (content, says) => {
    const plan = await planOf({});
    await writeFile(plan.planFile, JSON.stringify(content));
    const error = await plan.build().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StagePlanError);
    expect((error as Error).message).toContain(says);
  });

  it("a plan that does not exist, or is not JSON", async () => {
    const plan = await planOf({});
    await writeFile(plan.planFile, "{,}");
    expect(await refusalOf(plan)).toMatch(/stage.plan.json: .*JSON/);
    const nowhere = build(plan.pool, join(plan.root, "no.json"), plan.outDir);
    await expect(nowhere).rejects.toThrow("no.json: the file does not exist");
  });

  it.each([
    { target: "../../secret", says: "out of" },
    { target: "/etc/passwd", says: "an absolute path" },
    { target: "nowhere", says: "which does not exist" },
    { target: "link", says: "which leads back to itself" },
    { target: "out/secret", says: "which leads out of" },
  ])("a link that leads out of its tree, or is dangling: $target", async ({ target, says }) => {
    const plan = await planOf({
      files: { secret: "", "tree/a": "a" },
      entries: [{ from: "tree", to: "tree", kind: "tree" }],
    });
    if (target === "out/secret") await symlink("..", join(plan.root, "tree/out"));
    await symlink(target, join(plan.root, "tree/link"));
    const message = await refusalOf(plan);
    expect(message).toMatch(/^entry "tree": /);
    expect(message).toContain(says);
  });

  it("a link to an excluded file", async () => {
    const plan = await planOf({
      files: { "tree/a.map": "a" },
      entries: [{ from: "tree", to: "tree", exclude: ["*.map"] }],
    });
    await symlink("a.map", join(plan.root, "tree/link"));
    expect(await refusalOf(plan)).toContain("which is excluded");
  });

  it("an entry that is a link out of the plan's folder", async () => {
    const plan = await planOf({ entries: [{ from: "tool", to: "tool" }] });
    await mkdir(join(plan.folder, "elsewhere"));
    await symlink("../elsewhere", join(plan.root, "tool"));
    expect(await refusalOf(plan)).toBe(
      `entry "tool": ${plan.root}/tool is a link out of ${plan.root}, to ${plan.folder}/elsewhere`,
    );
  });

  it.each(["shared/secret", "shared/*"])(
    "an entry behind a link out of the plan's folder: %s",
    async (from) => {
      const plan = await planOf({ entries: [{ from, to: "secrets/" }] });
      await mkdir(join(plan.folder, "elsewhere"));
      await writeFile(join(plan.folder, "elsewhere/secret"), "secret");
      await symlink("../elsewhere", join(plan.root, "shared"));
      const secret = `${plan.root}/shared/secret leads by a link out of ${plan.root}`;
      expect(await refusalOf(plan)).toContain(`entry "${from}": ${secret}`);
    },
  );

  it("a name that no file system accepts, and names the entry", async () => {
    const to = "x".repeat(256);
    const plan = await planOf({ files: { "tree/a": "a" }, entries: [{ from: "tree", to }] });
    expect(await refusalOf(plan)).toMatch(/^entry "tree": ENAMETOOLONG: /);
  });

  it("a source that contains the output folder, unless it is excluded", async () => {
    const plan = await planOf({ files: { a: "a" }, entries: [{ from: ".", to: "all" }] });
    const outDir = join(plan.root, "made/stage");
    const building = build(plan.pool, plan.planFile, outDir);
    await expect(building).rejects.toThrow(
      `entry ".": the output folder ${outDir} is inside it: leave it out by "exclude": ["stage*"]`,
    );
    const entry = { from: ".", to: "all", exclude: ["stage*"] };
    await writeFile(plan.planFile, JSON.stringify({ entries: [entry] }));
    await build(plan.pool, plan.planFile, outDir);
    expect(await snapshot(join(outDir, "files"))).toEqual({
      all: "folder",
      "all/a": "file 0444 a",
      "all/made": "folder",
    });
  });

  it("a source that contains the output folder, also through links", async () => {
    const plan = await planOf({ files: { "src/a": "a" }, entries: [{ from: "src", to: "all" }] });
    const alias = join(plan.folder, "alias");
    await symlink("plan", alias);
    for (const [planRoot, outRoot] of [
      [alias, plan.root],
      [plan.root, alias],
    ] as const) {
      const building = build(
        plan.pool,
        join(planRoot, "stage.plan.json"),
        join(outRoot, "src/stage"),
      );
      await expect(building).rejects.toThrow("the output folder");
    }
    expect(await readdir(join(plan.root, "src"))).toEqual(["a"]);
  });

  it("a match of a glob that cannot be staged, instead of leaving it out", async () => {
    const plan = await planOf({
      files: { "skill/a/SKILL.md": "a" },
      entries: [{ from: "skill/*", to: "skill/" }],
    });
    const odd = join(plan.root, "skill/odd");
    await symlink("nowhere", odd);
    expect(await refusalOf(plan)).toContain("odd is a dangling link");
    await rm(odd);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(odd, resolve));
    expect(await refusalOf(plan)).toContain("odd: it is neither a file, a folder nor a link");
    await new Promise((resolve) => server.close(resolve));
  });

  it.each([
    ["nowhere", "is a dangling link"],
    ["tool", "is a link that leads back to itself"],
  ])("an entry that is a link to %s", async (target, says) => {
    const plan = await planOf({ entries: [{ from: "tool", to: "tool" }] });
    await symlink(target, join(plan.root, "tool"));
    expect(await refusalOf(plan)).toContain(says);
  });

  it("a socket, and a name that is not UTF-8", async () => {
    const plan = await planOf({
      files: { "tree/a": "a" },
      entries: [{ from: "tree", to: "tree" }],
    });
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(plan.root, "tree/socket"), resolve));
    expect(await refusalOf(plan)).toBe(
      `entry "tree": ${plan.root}/tree/socket: it is neither a file, a folder nor a link`,
    );
    await new Promise((resolve) => server.close(resolve));
    await writeFile(
      Buffer.concat([Buffer.from(`${plan.root}/tree/b`), Buffer.from([0xe9])]),
      "Latin-1",
    );
    expect(await refusalOf(plan)).toContain("its name is not UTF-8");
  });

  it("to replace a folder that is not a stage", async () => {
    const plan = await planOf({ files: { a: "a" }, entries: [{ from: "a", to: "a" }] });
    await mkdir(plan.outDir, { recursive: true });
    await writeFile(join(plan.outDir, "precious"), "");
    await expect(plan.build()).rejects.toThrow(
      `${plan.outDir}: it is not a stage, so the build does not replace it`,
    );
    expect(await readdir(plan.outDir)).toEqual(["precious"]);
    const file = build(plan.pool, plan.planFile, join(plan.outDir, "precious"));
    await expect(file).rejects.toThrow("it is not a stage, so the build does not replace it");
  });

  it("and does not change an existing stage", async () => {
    const plan = await planOf({ files: { a: "a" }, entries: [{ from: "a", to: "a" }] });
    await plan.build();
    const before = await snapshot(plan.outDir);
    await writeFile(plan.planFile, JSON.stringify({ entries: [{ from: "nothing", to: "b" }] }));
    await expect(plan.build()).rejects.toThrow("it is required");
    expect(await snapshot(join(plan.folder, "out"))).toEqual({
      stage: "folder",
      ...Object.fromEntries(Object.entries(before).map(([path, word]) => [`stage/${path}`, word])),
    });
  });
});

describe("a build makes", () => {
  it("entries with gate, mode, isolation, sizes and hashes, and read-only files", async () => {
    const plan = await planOf({
      files: {
        "tool/a.js": "12345",
        "tool/run.sh": { text: "#!/bin/sh", mode: 0o755 },
        "deps/x/index.js": "x",
        "deps/x/index.js.map": "left out",
        "deps/.cache/y": "left out",
      },
      agentVersion: "1.2.3",
      entries: [
        { from: "tool/*", to: "config/tool/" },
        {
          from: "deps",
          to: "config/deps",
          kind: "tree",
          isolation: "private",
          gate: "WITH_DEPS=true",
          mode: "640",
          exclude: ["*.map", ".cache"],
        },
      ],
    });
    const manifest = await plan.build();
    expect(manifest).toMatchObject({ formatVersion: 1, agentVersion: "1.2.3" });
    expect(manifest.id).toMatch(/^[0-9a-f]{64}$/);
    const hash = expect.stringMatching(/^[0-9a-f]{64}$/);
    const file = { kind: "copy", isolation: "shared", type: "file", mode: null, files: 1 };
    expect(manifest.entries).toEqual([
      {
        path: "config/deps",
        kind: "tree",
        isolation: "private",
        gate: "WITH_DEPS=true",
        type: "folder",
        mode: 0o640,
        bytes: 1,
        files: 1,
        sha256: hash,
      },
      { ...file, path: "config/tool/a.js", bytes: 5, sha256: hash },
      { ...file, path: "config/tool/run.sh", bytes: 9, sha256: hash },
    ]);
    expect(JSON.parse(await readFile(join(plan.outDir, "stage.json"), "utf8"))).toEqual(manifest);
    expect(await snapshot(join(plan.outDir, "files/config"))).toEqual({
      deps: "folder",
      "deps/x": "folder",
      "deps/x/index.js": "file 0444 x",
      tool: "folder",
      "tool/a.js": "file 0444 12345",
      "tool/run.sh": "file 0555 #!/bin/sh",
    });
  });

  it("the same bytes and the same id from the same inputs, at any place and time", async () => {
    const entries = [
      { from: "tool/*", to: "config/tool/" },
      { from: "tree", to: "deep/tree", kind: "tree" },
    ];
    const files = { "tool/b.js": "b", "tool/a.js": "a", "tree/x/y": "y" };
    const made = [];
    for (const writtenAt of [1_600_000_000, 1_650_000_000]) {
      const plan = await planOf({ files, entries });
      await symlink("x/y", join(plan.root, "tree/link"));
      for (const name of Object.keys(files)) {
        await utimes(join(plan.root, name), writtenAt, writtenAt);
      }
      const { id } = await buildStage({
        pool: plan.pool,
        planFile: plan.planFile,
        outDir: plan.outDir,
        signal: never,
        sourceDateEpoch: 1_500_000_000,
      });
      const times = [];
      for (const name of ["", ...(await readdir(plan.outDir, { recursive: true })).sort()]) {
        times.push([name, (await lstat(join(plan.outDir, name))).mtimeMs]);
      }
      made.push({ id, bytes: await snapshot(plan.outDir), times });
    }
    expect(made[0]).toEqual(made[1]);
    expect(new Set(made[0]?.times.map(([, time]) => time))).toEqual(new Set([1_500_000_000_000]));
  });

  it("a stage that everyone can read, whatever the umask of the build", async () => {
    const plan = await planOf({
      files: { "tree/deep/a": "a" },
      entries: [{ from: "tree", to: "config/tree" }],
    });
    const umask = process.umask(0o077);
    try {
      await plan.build();
    } finally {
      process.umask(umask);
    }
    const names = await readdir(plan.outDir, { recursive: true, withFileTypes: true });
    const modes = await Promise.all(
      names.map(async (entry) => {
        const { mode } = await lstat(join(entry.parentPath, entry.name));
        return [entry.name, (mode & 0o777).toString(8)];
      }),
    );
    expect(((await lstat(plan.outDir)).mode & 0o777).toString(8)).toBe("755");
    expect(Object.fromEntries(modes)).toEqual({
      "stage.json": "644",
      "files.json": "644",
      files: "755",
      config: "755",
      tree: "755",
      deep: "755",
      a: "444",
    });
  });

  it("another id when a byte, a mode, a path or the agent's version differs", async () => {
    const plan = await planOf({ files: { a: "a" }, entries: [{ from: "a", to: "a" }] });
    const ids = new Set([(await plan.build()).id]);
    await writeFile(join(plan.root, "a"), "b");
    ids.add((await plan.build()).id);
    await chmod(join(plan.root, "a"), 0o755);
    ids.add((await plan.build()).id);
    for (const content of [
      { entries: [{ from: "a", to: "b" }] },
      { entries: [{ from: "a", to: "b" }], agentVersion: "1" },
      { entries: [{ from: "a", to: "b", gate: "X" }], agentVersion: "1" },
    ]) {
      await writeFile(plan.planFile, JSON.stringify(content));
      ids.add((await plan.build()).id);
    }
    expect(ids.size).toBe(6);
  });

  it("a copy of a link's target, when it is in the plan's folder; links in a tree stay links", async () => {
    const plan = await planOf({
      files: { "shared/skill/SKILL.md": "skill", "tree/a": "a" },
      entries: [
        { from: "skill", to: "skill" },
        { from: "tree", to: "tree" },
      ],
    });
    await symlink("shared/skill", join(plan.root, "skill"));
    await symlink("a", join(plan.root, "tree/b"));
    await plan.build();
    expect(await readFile(join(plan.outDir, "files/skill/SKILL.md"), "utf8")).toBe("skill");
    expect((await lstat(join(plan.outDir, "files/skill"))).isSymbolicLink()).toBe(false);
    expect(await readlink(join(plan.outDir, "files/tree/b"))).toBe("a");
  });

  it.each([
    ["skill/*", ["a", "b", "c.md"]],
    ["skill/**/*.md", ["SKILL.md", "c.md"]],
    ["skill/b/*", ["SKILL.md"]],
    ["skill/[b]/*", ["SKILL.md"]],
  ])("entries for links that %s matches, as for files", async (from, expected) => {
    const plan = await planOf({
      files: { "skill/a/SKILL.md": "a", "shared/SKILL.md": "b" },
      entries: [{ from, to: "skill/" }],
    });
    await symlink("../shared", join(plan.root, "skill/b"));
    await symlink("../shared/SKILL.md", join(plan.root, "skill/c.md"));
    await plan.build();
    expect(await readdir(join(plan.outDir, "files/skill"))).toEqual(expected);
  });

  it.each(["secrets", "secrets/", "/secrets", "secrets/**"])(
    "no entries for files that %s excludes",
    async (exclude) => {
      const plan = await planOf({
        files: { "tool/a.js": "a", "tool/secrets/key": "key" },
        entries: [{ from: "tool", to: "tool", exclude: [exclude] }],
      });
      await plan.build();
      expect(await readdir(join(plan.outDir, "files/tool"))).toEqual(["a.js"]);
    },
  );

  it("an entry for a name that looks like a glob", async () => {
    const plan = await planOf({
      files: { "app/[id].js": "brackets", "app/i.js": "i" },
      entries: [{ from: "app/[id].js", to: "page.js" }],
    });
    await plan.build();
    expect(await readFile(join(plan.outDir, "files/page.js"), "utf8")).toBe("brackets");
  });

  it("calls of onProgress up to the end", async () => {
    const files = Object.fromEntries(
      Array.from({ length: 450 }, (_, index) => [`tree/${index}`, ""]),
    );
    const plan = await planOf({ files, entries: [{ from: "tree", to: "tree" }] });
    const told: [number, number][] = [];
    const { pool, planFile, outDir } = plan;
    const onProgress = (done: number, total: number) => told.push([done, total]);
    await buildStage({ pool, planFile, outDir, signal: never, onProgress });
    expect(told.length).toBeGreaterThan(1);
    expect(told.at(-1)).toEqual([450, 450]);
    expect(told.map(([done]) => done)).toEqual(
      told.map(([done]) => done).toSorted((a, b) => a - b),
    );
  });

  it("nothing when it is stopped", async () => {
    const files = Object.fromEntries(
      Array.from({ length: 450 }, (_, index) => [`tree/${index}`, "x"]),
    );
    const plan = await planOf({ files, entries: [{ from: "tree", to: "tree" }] });
    const { pool, planFile, outDir } = plan;
    const stop = new AbortController();
    const reason = new Error("enough");
    const onProgress = () => stop.abort(reason);
    const building = buildStage({ pool, planFile, outDir, signal: stop.signal, onProgress });
    await expect(building).rejects.toBe(reason);
    expect(await readdir(join(plan.folder, "out"))).toEqual([]);
  });
});

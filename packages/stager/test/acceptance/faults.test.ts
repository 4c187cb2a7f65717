import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { chmod, lstat, mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { beforeAll, describe, expect, it } from "vitest";
import { nodeUnderTest } from "../../../../test/support/node-under-test.ts";
import { buildStage, installStage, uninstallStage, verifyStage } from "../../src/index.ts";
import { StagePool } from "../../src/pool.ts";
import { place } from "../../src/strategies/tasks.ts";
import type { Task } from "../../src/task.ts";
import { bundleFixtures, bundlePackage } from "../support/bundle.ts";
import { isMountable, mount } from "../support/mounts.ts";
import { never, scratchFolder, scratchPool } from "../support/scratch.ts";
import { makeStage, writePlan } from "../support/stages.ts";
import { type Files, snapshot, snapshotOfTarget, writeFiles } from "../support/trees.ts";

/** Root can run a command as another user. That user must be able to run Node, which may lie in root's own home. */
const nobody = { uid: 65534, gid: 65534 };
const canBeNobody =
  process.getuid?.() === 0 && spawnSync(nodeUnderTest, ["--version"], nobody).status === 0;
const KILOBYTE = 1024;

let cli = "";

beforeAll(async () => {
  const folder = await bundlePackage();
  // Another user must be able to run it, too.
  await chmod(folder, 0o755);
  cli = join(folder, "cli.js");
});

/** Makes a stage of one private tree, and functions that install it. */
async function setUp(files: Files) {
  const folder = await scratchFolder();
  const pool = scratchPool();
  const stageDir = await makeStage(pool, folder, {
    files,
    entries: [{ from: "tree", to: "tree", kind: "tree", isolation: "private" }],
  });
  const install = (targetDir: string) =>
    installStage({ pool, stageDir, targetDir, env: {}, signal: never });
  return { folder, stageDir, install };
}

const manyFiles = (count: number, bytes: number): Files =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`tree/${index}`, "x".repeat(bytes)]),
  );

describe.skipIf(!isMountable("tmpfs"))("a full disk", () => {
  it.each([
    { what: "space", full: "size=1m", room: "remount,size=16m" },
    { what: "inodes", full: "nr_inodes=50", room: "remount,nr_inodes=1000" },
  ])(
    "without $what: fails with ENOSPC and the path, and does not change the target; later the install works",
    async ({ full, room }) => {
      const { folder, install } = await setUp(manyFiles(200, 20 * KILOBYTE));
      const disk = join(folder, "disk");
      mount("tmpfs", disk, full);
      const targetDir = join(disk, "target");
      await writeFiles(targetDir, { "tree.txt": "mine" });
      const error = await install(targetDir).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: "ENOSPC" });
      expect((error as Error).message).toContain(`${targetDir}/.sandboot`);
      expect(await snapshot(targetDir)).toEqual({ "tree.txt": "file 0644 mine" });
      await execa("mount", ["-o", room, disk]);
      expect((await install(targetDir)).counts).toEqual({ copied: 1 });
      expect(await readdir(join(targetDir, "tree"))).toHaveLength(200);
    },
  );

  it("a build fails, names the entry, and does not change the old stage", async () => {
    const { folder } = await setUp({ "tree/a": "a" });
    const pool = scratchPool();
    const disk = join(folder, "disk");
    mount("tmpfs", disk, "size=2m");
    const outDir = join(disk, "stage");
    const planFile = join(folder, "plan/stage.plan.json");
    await buildStage({ pool, planFile, outDir, signal: never });
    await writeFiles(join(folder, "plan"), manyFiles(100, 40 * KILOBYTE));
    const building = buildStage({ pool, planFile, outDir, signal: never });
    await expect(building).rejects.toThrow(/^entry "tree": ENOSPC: .*stage\.making/);
    expect(await readdir(disk)).toEqual(["stage"]);
    expect(await verifyStage({ stageDir: outDir, deep: true, pool, signal: never })).toEqual([]);
  });
});

describe.skipIf(!isMountable("tmpfs"))("a read-only file system", () => {
  it("an install fails with the system's message; an installed stage is still found present", async () => {
    const { folder, install } = await setUp({ "tree/a": "a" });
    const disk = join(folder, "disk");
    mount("tmpfs", disk);
    const installed = join(disk, "installed");
    await install(installed);
    await mkdir(join(disk, "empty"));
    await execa("mount", ["-o", "remount,ro", disk]);
    await expect(install(join(disk, "empty"))).rejects.toThrow(/^EROFS: .*empty\/\.sandboot/);
    expect((await install(installed)).counts).toEqual({ present: 1 });
  });
});

describe.skipIf(!canBeNobody)("another user", () => {
  it("without access to the target gets EACCES, the path and exit code 1", async () => {
    const { folder, stageDir } = await setUp({ "tree/a": "a" });
    await chmod(folder, 0o755);
    const target = join(folder, "target");
    await mkdir(target);
    const result = await execa(nodeUnderTest, [cli, "install", stageDir, target], {
      ...nobody,
      reject: false,
    });
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toMatch(/^sandboot-stage: EACCES: [^\n]*target\/\.sandboot[^\n]*$/);
    expect(await readdir(target)).toEqual([]);
  });

  it("without access to the stage is told which path cannot be read", async () => {
    const { folder, stageDir } = await setUp({ "tree/a": "a" });
    await chmod(folder, 0o777);
    await chmod(join(stageDir, "stage.json"), 0o600);
    const args = [cli, "install", stageDir, join(folder, "target")];
    const result = await execa(nodeUnderTest, args, { ...nobody, reject: false });
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toContain("stage.json: it cannot be read (EACCES)");
  });

  it("can install and uninstall a stage that root has built", async () => {
    const { folder, stageDir } = await setUp({ "tree/a": "a" });
    await chmod(folder, 0o777);
    const target = join(folder, "target");
    await execa(nodeUnderTest, [cli, "install", stageDir, target], nobody);
    expect(await readFile(join(target, "tree/a"), "utf8")).toBe("a");
    await execa(nodeUnderTest, [cli, "uninstall", target], nobody);
    expect(await lstat(target).catch(() => null)).toBeNull();
  });
});

describe("a file that disappears during the work", () => {
  /** Removes a file after all folders have been read and before any file has been placed. */
  class VanishingPool extends StagePool {
    vanishing = "";
    #vanished: Promise<void> | undefined;

    override async run<Argument, Value>(
      task: Task<Argument, Value>,
      argument: Argument,
    ): Promise<Value> {
      // Several shards are placed at once. The file is removed once, before the first of them.
      if (task.name === place.name) {
        this.#vanished ??= rm(this.vanishing);
        await this.#vanished;
      }
      return super.run(task, argument);
    }
  }

  it("from a stage: C6, the legacy sources are installed, and nothing is left behind", async () => {
    const { folder, stageDir } = await setUp(manyFiles(100, 10));
    await writeFiles(folder, { "app/legacy": "legacy" });
    await using pool = new VanishingPool({ maxThreads: 2 });
    pool.vanishing = join(stageDir, "files/tree/50");
    const events: unknown[] = [];
    const targetDir = join(folder, "target");
    const result = await installStage({
      pool,
      stageDir,
      targetDir,
      env: {},
      legacy: [{ from: join(folder, "app"), to: "tree" }],
      signal: never,
      onEvent: (event) => events.push(event),
    });
    expect(events).toEqual([
      {
        type: "stage-unusable",
        reason: "it can no longer be read (ENOENT)",
        path: pool.vanishing,
        fallback: "legacy",
      },
    ]);
    expect(result.source).toBe("legacy");
    expect(await snapshotOfTarget(targetDir)).toEqual({
      tree: "folder",
      "tree/legacy": "file 0644 legacy",
    });
    expect((await readdir(join(targetDir, ".sandboot"))).sort()).toEqual([
      "installed.json",
      "listings",
    ]);
  });

  it("from a build's source: the build fails, and names the entry and the file", async () => {
    const folder = await scratchFolder();
    const files = manyFiles(100, 10);
    const planFile = await writePlan(join(folder, "plan"), {
      files,
      entries: [{ from: "tree", to: "tree" }],
    });
    await using pool = new VanishingPool({ maxThreads: 2 });
    pool.vanishing = join(folder, "plan/tree/50");
    const outDir = join(folder, "out/stage");
    const building = buildStage({ pool, planFile, outDir, signal: never });
    await expect(building).rejects.toThrow(/^entry "tree": ENOENT: .*plan\/tree\/50/);
    expect(await readdir(join(folder, "out"))).toEqual([]);
  });
});

describe("strange names and links", () => {
  const names = [
    "with space",
    "new\nline",
    "quote'\"`$(x)",
    "-rf",
    "ünï ☃ 日本",
    "decomposed e\u0301",
    "\ufffd really",
    "x".repeat(255),
    "é".repeat(127),
    "back\\slash",
    "*",
    "[a]",
    "trailing.",
    "\u007f\u0001",
  ];

  it("work in build, verify, install, upgrade and uninstall", async () => {
    const files = Object.fromEntries(names.map((name, index) => [`tree/${name}`, String(index)]));
    const { folder, stageDir, install } = await setUp(files);
    const pool = scratchPool();
    expect(await verifyStage({ stageDir, deep: true, pool, signal: never })).toEqual([]);
    const targetDir = join(folder, "target");
    await install(targetDir);
    expect((await readdir(join(targetDir, "tree"))).sort()).toEqual(names.toSorted());
    await writeFile(join(targetDir, "tree/new\nline"), "edited");
    const again = await makeStage(pool, join(folder, "again"), {
      files: { ...files, "tree/-rf": "changed" },
      entries: [{ from: "tree", to: "tree", kind: "tree", isolation: "private" }],
    });
    await installStage({ pool, stageDir: again, targetDir, env: {}, signal: never });
    expect(await readFile(join(targetDir, "tree/-rf"), "utf8")).toBe("changed");
    expect(await readFile(join(targetDir, "tree/new\nline"), "utf8")).toBe("edited");
    await uninstallStage({ pool, targetDir, signal: never });
    expect(await snapshot(targetDir)).toEqual({
      tree: "folder",
      "tree/new\nline": "file 0644 edited",
    });
  });

  it("dangling and looping links of a legacy tree are copied unchanged", async () => {
    const { folder } = await setUp({ "tree/a": "a" });
    await mkdir(join(folder, "app"));
    for (const [name, target] of [
      ["dangling", "nowhere"],
      ["loop", "loop"],
      ["up", ".."],
    ] as const) {
      await symlink(target, join(folder, "app", name));
    }
    const targetDir = join(folder, "target");
    await installStage({
      pool: scratchPool(),
      stageDir: join(folder, "none"),
      targetDir,
      env: {},
      legacy: [{ from: join(folder, "app"), to: "app" }],
      signal: never,
    });
    expect(await snapshot(join(targetDir, "app"))).toEqual({
      dangling: "link nowhere",
      loop: "link loop",
      up: "link ..",
    });
  });
});

describe("2,500 files, of which 64 may be open", () => {
  const FOLDERS = 50;
  const IN_EACH = 50;

  it("are built, verified, copied, and removed", async () => {
    const folder = await scratchFolder();
    const tree = join(folder, "plan/tree");
    await writePlan(join(folder, "plan"), {
      files: {},
      entries: [{ from: "tree", to: "tree", kind: "tree", isolation: "private" }],
    });
    for (let at = 0; at < FOLDERS; at++) {
      mkdirSync(join(tree, String(at)), { recursive: true });
      for (let index = 0; index < IN_EACH; index++)
        writeFileSync(join(tree, String(at), String(index)), "x");
    }
    const limited = (args: string) =>
      execa("sh", ["-c", `ulimit -n 64; exec "$0" "$1" ${args}`, nodeUnderTest, cli], {
        cwd: folder,
      });
    const built = await limited("build --plan plan/stage.plan.json --out stage");
    expect(built.stdout).toMatch(/1 entries, 2\.5 kB/);
    expect((await limited("verify stage --deep")).stdout).toBe("stage: whole");
    const { counts, items } = JSON.parse((await limited("install stage target --json")).stdout);
    expect([counts, items[0].bytes]).toEqual([{ copied: 1 }, FOLDERS * IN_EACH]);
    expect(await readdir(join(folder, "target/tree"))).toHaveLength(FOLDERS);
    expect(await readdir(join(folder, "target/tree/49"))).toHaveLength(IN_EACH);
    await limited("uninstall target");
    expect((await readdir(folder)).sort()).toEqual(["plan", "stage"]);
  }, 600_000);
});

describe("too many open files", () => {
  const LIMIT = 128;
  /** The largest number of free descriptors to try. About enough; the exact number depends on what else is open. */
  const SCARCE = 28;
  const PLENTY = 64;
  const FILES = 100;

  interface Try {
    readonly to: string;
    readonly error: { readonly code?: string; readonly message: string } | null;
  }

  /**
   * Tries with each number of free descriptors, and once with plenty. Does all this with threads that run already, and again
   * with threads that have to start.
   */
  async function tries(what: "install" | "build", from: string, to: string): Promise<Try[]> {
    const fixtures = await bundleFixtures("scarce-descriptors", "meeting-worker");
    const fixture = join(fixtures, "scarce-descriptors.js");
    const script = `ulimit -n ${LIMIT}; exec "$0" "$@"`;
    const args = [nodeUnderTest, fixture, what, from, to, `${SCARCE}`, `${PLENTY}`];
    const { stdout } = await execa("sh", ["-c", script, ...args]);
    return stdout.split("\n").map((line) => JSON.parse(line));
  }

  function expectClear({ error }: Try, folder: string): void {
    expect(error?.message).toMatch(/too many open files|EMFILE/);
    expect(error?.message).toContain(`(this process may have ${LIMIT} open: ulimit -n)`);
    // When a thread could not start, the message names the task instead of the path.
    expect(error?.message).toMatch(new RegExp(`${folder}|worker thread died in task`));
  }

  it.each(["install", "build"] as const)(
    "%s fails with the path and the limit, leaves nothing behind, and does not call the stage damaged",
    async (what) => {
      const { folder, stageDir } = await setUp(manyFiles(FILES, 10));
      const from = what === "install" ? stageDir : join(folder, "plan/stage.plan.json");
      await mkdir(join(folder, "out"));
      const tried = await tries(what, from, join(folder, "out/to"));
      const failed = tried.filter(({ error }) => error !== null);
      expect(failed.length).toBeGreaterThan(2);
      for (const one of failed) expectClear(one, folder);
      const done = tried.filter(({ error }) => error === null).map(({ to }) => to);
      for (const how of ["warm", "cold"])
        expect(done).toContain(`${folder}/out/to-${how}-${PLENTY}`);
      expect((await readdir(join(folder, "out"))).sort()).toEqual(
        done.map((to) => to.slice(`${folder}/out/`.length)).sort(),
      );
      for (const to of done) {
        const tree = join(to, what === "install" ? "tree" : "files/tree");
        expect(await readdir(tree)).toHaveLength(FILES);
      }
    },
  );
});

import { readdir, truncate, writeFile } from "node:fs/promises";
import { getPriority } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it, onTestFinished } from "vitest";
import * as assemble from "../src/assemble/tasks.ts";
import {
  buildStage,
  createStagePool,
  installStage,
  type StagePool,
  WorkerDied,
} from "../src/index.ts";
import * as install from "../src/install/tasks.ts";
import * as read from "../src/read/tasks.ts";
import * as strategies from "../src/strategies/tasks.ts";
import * as tree from "../src/tree/tasks.ts";
import * as verify from "../src/verify/tasks.ts";
import * as worker from "../src/worker.ts";
import { never, scratchFolder, scratchPool } from "./support/scratch.ts";
import { makeStage, writePlan } from "./support/stages.ts";
import { writeFiles } from "./support/trees.ts";
import { isThere, waitFor } from "./support/wait-for.ts";

/** Makes a pool whose workers die in some tasks. */
function dyingPool(
  maxThreads = 2,
  workerFile = join(import.meta.dirname, "fixtures/dying-worker.ts"),
) {
  const pool = createStagePool({ maxThreads, workerFile });
  onTestFinished(() => pool[Symbol.asyncDispose]());
  return pool;
}

async function deathOf(task: Promise<unknown>): Promise<WorkerDied> {
  const error = await task.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(WorkerDied);
  return error as WorkerDied;
}

const hash = (pool: StagePool) => pool.runCancellable(tree.hash, { paths: [] }, never);

describe("the worker", () => {
  it("has exactly one function for each task, under the task's name", () => {
    const rooms = [assemble, install, read, strategies, tree, verify];
    const names = rooms.flatMap((tasks) => Object.values(tasks).map(({ name }) => name));
    expect(Object.keys(worker).sort()).toEqual(names.sort());
  });
});

describe("a pool with a niceness", () => {
  it("has threads of that niceness, beside others that keep theirs", async () => {
    const threads = async () => (await readdir("/proc/self/task")).map(Number);
    const before = await threads();
    const own = before.map((thread) => getPriority(thread));
    const pool = createStagePool({ maxThreads: 1, niceness: 19 });
    onTestFinished(() => pool[Symbol.asyncDispose]());
    await hash(pool);
    const more = (await threads()).filter((thread) => !before.includes(thread));
    expect(more.map((thread) => getPriority(thread))).toContain(19);
    expect(before.map((thread) => getPriority(thread))).toEqual(own);
  });
});

describe("a worker that dies", () => {
  it("by an exit causes an error with the task's name", async () => {
    const pool = dyingPool();
    const rest = { ofStage: false, mode: null, grantedMode: 0 };
    const work = { source: "", target: "", strategy: "copy", ...rest } as const;
    const empty = new Float64Array();
    const files = { paths: "", bytes: empty, mtimesMs: empty, modes: new Uint16Array() };
    const error = await deathOf(pool.runCancellable(strategies.place, { work, files }, never));
    expect(error).toMatchObject({
      task: "place",
      message: 'the worker thread died in task "place": worker exited with code: 3',
    });
  });

  it("by an uncaught exception does the same, and the pool goes on", async () => {
    const pool = dyingPool(1);
    const error = await deathOf(hash(pool));
    expect(error.message).toBe('the worker thread died in task "hash": nobody hears this');
    expect(await pool.runCancellable(read.fingerprint, { paths: [] }, never)).toEqual({});
  });

  it("does not affect other tasks", async () => {
    const pool = dyingPool(1);
    const tasks = [hash(pool), pool.runCancellable(read.fingerprint, { paths: [] }, never)];
    expect((await Promise.allSettled(tasks)).map(({ status }) => status)).toEqual([
      "rejected",
      "fulfilled",
    ]);
  });

  it("before it could start causes an error for every waiting task", async () => {
    const folder = await scratchFolder();
    const broken = join(folder, "broken.mjs");
    await writeFile(broken, "import './not-there.mjs';\n");
    const pool = dyingPool(2, broken);
    const errors = await Promise.all([1, 2, 3, 4, 5].map(() => deathOf(hash(pool))));
    expect(errors.map(({ task }) => task)).toEqual(["hash", "hash", "hash", "hash", "hash"]);
  });

  it("C5: in the middle of an install leaves the target unchanged", async () => {
    const folder = await scratchFolder();
    const files = Object.fromEntries(
      Array.from({ length: 100 }, (_, index) => [`deps/${index}`, String(index)]),
    );
    const entries = [{ from: "deps", to: "deps", kind: "tree", isolation: "private" }];
    const stageDir = await makeStage(scratchPool(), folder, { files, entries });
    const targetDir = join(folder, "target");
    await writeFiles(targetDir, { mine: "mine" });
    const pool = dyingPool();
    await deathOf(installStage({ pool, stageDir, targetDir, env: {}, signal: never }));
    expect(await readdir(targetDir)).toEqual(["mine"]);
  });
});

describe("the compile cache", () => {
  it("of a process is used by its threads, too", async () => {
    const fixture = join(import.meta.dirname, "fixtures/cached-pool.ts");
    const args = [fixture, await scratchFolder()];
    const { stdout } = await execa(process.execPath, args, { env: { NODE_COMPILE_CACHE: "" } });
    const [ofProcess, ofThread] = JSON.parse(stdout);
    expect(ofProcess).toContain(args[1]);
    expect(ofThread).toBe(ofProcess);
  });
});

describe("errors of a task", () => {
  it("keep code, syscall and path, whatever the path", async () => {
    const paths = ["/worker/exit/terminated"];
    const error = await scratchPool()
      .runCancellable(tree.hash, { paths }, never)
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "ENOENT", syscall: "open", path: paths[0] });
    expect(error).not.toBeInstanceOf(WorkerDied);
  });
});

describe("AbortSignal", () => {
  /** A file that no test could read to its end: a hole of a terabyte. */
  async function endlessFile(path: string): Promise<void> {
    await writeFile(path, "");
    await truncate(path, 2 ** 40);
  }

  it("ends an install in the middle of a file, with its reason, and nothing is left behind", async () => {
    const folder = await scratchFolder();
    await writeFiles(folder, { "app/small": "small", "target/mine": "mine" });
    await endlessFile(join(folder, "app/large"));
    const stop = new AbortController();
    const targetDir = join(folder, "target");
    const installing = installStage({
      pool: scratchPool(),
      stageDir: join(folder, "no-stage"),
      targetDir,
      env: {},
      legacy: [{ from: join(folder, "app"), to: "app" }],
      signal: stop.signal,
    });
    const begun = join(targetDir, ".sandboot/new/0");
    await waitFor(() => isThere(join(begun, "large")));
    const reason = new Error("enough");
    stop.abort(reason);
    await expect(installing).rejects.toBe(reason);
    expect(await readdir(targetDir)).toEqual(["mine"]);
  });

  it("ends a build in the middle of a file, with its reason, and leaves no stage behind", async () => {
    const folder = await scratchFolder();
    const entries = [{ from: "tree", to: "tree" }];
    const planFile = await writePlan(join(folder, "plan"), { files: { "tree/a": "" }, entries });
    await endlessFile(join(folder, "plan/tree/large"));
    const stop = new AbortController();
    const outDir = join(folder, "out/stage");
    const pool = scratchPool();
    const building = buildStage({ pool, planFile, outDir, signal: stop.signal });
    const begun = `${outDir}.making/files/tree`;
    await waitFor(() => isThere(join(begun, "large")));
    const reason = new Error("enough");
    stop.abort(reason);
    await expect(building).rejects.toBe(reason);
    expect(await readdir(join(folder, "out"))).toEqual([]);
  });

  it("that is aborted already starts nothing", async () => {
    const folder = await scratchFolder();
    const targetDir = join(folder, "target");
    const reason = new Error("enough");
    const signal = AbortSignal.abort(reason);
    const pool = scratchPool();
    const installing = installStage({ pool, stageDir: folder, targetDir, env: {}, signal });
    await expect(installing).rejects.toBe(reason);
    expect(await readdir(folder)).toEqual([]);
  });
});

describe("rest()", () => {
  it("waits for running tasks; the next task starts new threads", async () => {
    const pool = scratchPool();
    const before = pool.runCancellable(read.fingerprint, { paths: [import.meta.filename] }, never);
    const rested = pool.rest();
    expect(Object.keys(await before)).toEqual([import.meta.filename]);
    await rested;
    expect(await pool.runCancellable(read.fingerprint, { paths: [] }, never)).toEqual({});
  });

  it("ends the threads, and wake() starts one without a task", async () => {
    const pool = scratchPool();
    await pool.runCancellable(read.fingerprint, { paths: [] }, never);
    const threads = async () => (await readdir("/proc/self/task")).length;
    const before = await threads();
    await pool.rest();
    await expect.poll(threads).toBeLessThan(before);
    const rested = await threads();
    pool.wake();
    await expect.poll(threads).toBeGreaterThan(rested);
  });
});

describe("a paused pool", () => {
  it("holds a task until it is resumed, and lets one be cancelled meanwhile", async () => {
    const pool = createStagePool({ maxThreads: 1 });
    onTestFinished(() => pool[Symbol.asyncDispose]());
    const folder = await scratchFolder();
    await writeFiles(folder, { "a.txt": "a" });
    const hashIn = (one: StagePool, signal = never) =>
      one.runCancellable(tree.hash, { paths: [join(folder, "a.txt")] }, signal);
    await hashIn(pool);

    pool.pause();
    let isDone = false;
    const held = hashIn(pool).then(() => {
      isDone = true;
    });
    // Takes longer than the task would: its thread has to start first.
    const other = createStagePool({ maxThreads: 1 });
    onTestFinished(() => other[Symbol.asyncDispose]());
    await hashIn(other);
    expect(isDone).toBe(false);
    pool.resume();
    await held;

    pool.pause();
    const stop = new AbortController();
    const cancelled = hashIn(pool, stop.signal);
    stop.abort(new Error("enough"));
    await expect(cancelled).rejects.toThrow("enough");
  });

  it("can be disposed of", async () => {
    const pool = createStagePool({ maxThreads: 1 });
    pool.pause();
    const folder = await scratchFolder();
    await writeFiles(folder, { "a.txt": "a" });
    const held = pool.runCancellable(tree.hash, { paths: [join(folder, "a.txt")] }, never);
    held.catch(() => {});
    await pool[Symbol.asyncDispose]();
    await expect(held).rejects.toThrow();
  });
});

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, it, onTestFinished } from "vitest";
import { DependencyCache } from "../../../src/agents/dependencies/cache.ts";
import { bareEnv } from "../../support/bare-env.ts";
import { scratchFolder } from "../../support/scratch.ts";

const { signal } = new AbortController();
const ROOMY = 1e9;

const write = (bytes: number) => async (folder: string) => {
  await mkdir(join(folder, "node_modules"));
  await writeFile(join(folder, "node_modules/file"), "x".repeat(bytes));
  return true;
};

/** Another boot that makes an entry: begun, and not ended until it is killed. */
async function startMaking(folder: string, key: string): Promise<ChildProcess> {
  const script = join(import.meta.dirname, "../../fixtures/endless-cache-maker.ts");
  const child = spawn(process.execPath, [script, folder, key], {
    env: { ...bareEnv(), NODE_OPTIONS: "--conditions=sandboot:source" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  if (child.stdout === null) throw new Error("it has no output");
  await once(createInterface({ input: child.stdout }), "line");
  return child;
}

describe("the cache of packages", () => {
  it("is made by one of several boots, whole or not at all", async () => {
    const folder = join(await scratchFolder(), "cache");
    let made = 0;
    const once_ = async (into: string) => {
      made += 1;
      return write(10)(into);
    };
    const boots = [1, 2, 3].map(() => new DependencyCache(folder, ROOMY));
    const paths = await Promise.all(boots.map((cache) => cache.add("key", once_, signal)));
    expect(new Set(paths)).toEqual(new Set([join(folder, "key")]));
    expect(made).toBe(1);

    const [cache] = boots;
    const fails = cache?.add("other", () => Promise.reject(new Error("no disk")), signal);
    await expect(fails).rejects.toThrow("no disk");
    expect(await cache?.add("third", async () => false, signal)).toBeNull();
    expect(await readdir(folder)).toEqual(["key"]);
  });

  it("shows nothing of an entry whose maker was killed, and the next boot makes it anew", async () => {
    const folder = join(await scratchFolder(), "cache");
    const maker = await startMaking(folder, "key");
    const cache = new DependencyCache(folder, ROOMY);
    const next = cache.add("key", write(10), signal);
    expect(cache.find("key")).toBeNull();
    const over = once(maker, "exit");
    maker.kill("SIGKILL");
    await over;
    const path = (await next) ?? "";
    expect(await readdir(folder)).toEqual(["key"]);
    expect(await readFile(join(path, "node_modules/file"), "utf8")).toBe("x".repeat(10));
  });

  it("removes what was used longest ago when it is too large, never what it has just made", async () => {
    const folder = join(await scratchFolder(), "cache");
    const cache = new DependencyCache(folder, 2500);
    await cache.add("first", write(1000), signal);
    await cache.add("second", write(1000), signal);
    const long = new Date(Date.now() - 60_000);
    for (const name of ["first", "second"]) await utimes(join(folder, name), long, long);
    cache.find("first");
    await cache.add("third", write(1000), signal);
    expect((await readdir(folder)).toSorted()).toEqual(["first", "third"]);
    await cache.add("huge", write(5000), signal);
    expect(await readdir(folder)).toEqual(["huge"]);
  });

  it("removes what another machine began and gave up, and nothing that it may still be making", async () => {
    const folder = join(await scratchFolder(), "cache");
    const dead = new Date(Date.now() - 2 * 60 * 60 * 1000);
    await mkdir(join(folder, ".new-a-other"), { recursive: true });
    await mkdir(join(folder, ".new-b-other"));
    await utimes(join(folder, ".new-a-other"), dead, dead);
    await new DependencyCache(folder, ROOMY).add("key", write(1), signal);
    expect((await readdir(folder)).toSorted()).toEqual([".new-b-other", "key"]);
  });
});

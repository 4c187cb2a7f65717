import { chmod, mkdir, rm, symlink, truncate, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { changedPaths, fingerprint, prefetch } from "../../src/index.ts";
import { never, scratchFolder, scratchPool } from "../support/scratch.ts";
import { writeFiles } from "../support/trees.ts";

describe("fingerprint (C4)", () => {
  async function setUp() {
    const folder = await scratchFolder();
    await writeFiles(folder, { "config/a.json": "a", "config/tool/b.js": "b", env: "A=1" });
    const take = () =>
      fingerprint({
        pool: scratchPool(),
        paths: [join(folder, "config"), join(folder, "env"), join(folder, "not-there")],
        signal: never,
      });
    const before = await take();
    const changed = async () =>
      changedPaths(before, await take()).map((path) => path.slice(folder.length + 1));
    return { folder, changed };
  }

  it("is the same when nothing has changed, also when a small file was written again with the same text", async () => {
    const { folder, changed } = await setUp();
    expect(await changed()).toEqual([]);
    await writeFile(join(folder, "env"), "A=1");
    await utimes(join(folder, "config/a.json"), 1, 1);
    expect(await changed()).toEqual([]);
  });

  it("shows changed, added and removed paths, sorted", async () => {
    const { folder, changed } = await setUp();
    await writeFile(join(folder, "env"), "A=2");
    await writeFile(join(folder, "config/tool/c.js"), "c");
    await rm(join(folder, "config/a.json"));
    await writeFile(join(folder, "not-there"), "now it is");
    expect(await changed()).toEqual(["config/a.json", "config/tool/c.js", "env", "not-there"]);
  });

  it("depends on a link's target, without following it, and on a large file's size and time", async () => {
    const { folder, changed } = await setUp();
    await symlink("..", join(folder, "config/up"));
    await writeFile(join(folder, "config/large"), Buffer.alloc(300 * 1024));
    expect(await changed()).toEqual(["config/large", "config/up"]);
    const paths = [join(folder, "config/large"), join(folder, "config/up")];
    const take = () => fingerprint({ pool: scratchPool(), paths, signal: never });
    const before = await take();
    await truncate(join(folder, "config/large"), 299 * 1024);
    await rm(join(folder, "config/up"));
    await symlink("tool", join(folder, "config/up"));
    expect(changedPaths(before, await take())).toEqual(paths);
  });

  it("fails with the signal's reason when it is aborted", async () => {
    const { folder } = await setUp();
    const reason = new Error("enough");
    const signal = AbortSignal.abort(reason);
    const taking = fingerprint({ pool: scratchPool(), paths: [folder], signal });
    await expect(taking).rejects.toBe(reason);
  });
});

describe("prefetch", () => {
  it("reads files and folders, and names paths that could not be read", async () => {
    const folder = await scratchFolder();
    await writeFile(join(folder, "large"), Buffer.alloc(3 * 1024 * 1024 + 1));
    await writeFiles(folder, { "tree/a": "12345", "tree/deep/b": "678" });
    await symlink("large", join(folder, "link"));
    await mkdir(join(folder, "empty"));
    const at = (name: string) => join(folder, name);
    const paths = [at("link"), at("not-there"), at("tree"), at("empty")];
    const result = await prefetch({ pool: scratchPool(), paths, signal: never });
    expect(result).toEqual({
      bytes: 3 * 1024 * 1024 + 1 + 8,
      cancelled: false,
      unread: [at("not-there")],
    });
  });

  it("ends early without an error when it is aborted", async () => {
    const folder = await scratchFolder();
    const path = join(folder, "sparse");
    await writeFile(path, "");
    await chmod(path, 0o600);
    // A hole of a terabyte, which cannot be read to its end in a test.
    await truncate(path, 2 ** 40);
    const stop = new AbortController();
    const reading = prefetch({ pool: scratchPool(), paths: [path], signal: stop.signal });
    stop.abort();
    const result = await reading;
    expect(result.cancelled).toBe(true);
    expect(result.bytes).toBeLessThan(2 ** 40);
  });
});

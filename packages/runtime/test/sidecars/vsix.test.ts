import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { unpackVsix } from "../../src/sidecars/vsix.ts";
import { scratchFolder } from "../support/scratch.ts";
import { zipOf } from "../support/zip.ts";

/** File types in a Unix mode (inode(7)). */
const SYMLINK = 0o120000;
const SETUID_FOR_ALL = 0o104777;

async function place(archive: Buffer) {
  const folder = await scratchFolder();
  const vsix = join(folder, "prices.vsix");
  await writeFile(vsix, archive);
  const store = join(folder, "store");
  return { folder, store, unpack: () => unpackVsix(vsix, store) };
}

const permissions = async (path: string) => (await stat(path)).mode & 0o7777;

describe("unpackVsix", () => {
  it("unpacks once, and only the files of the extension", async () => {
    const { store, unpack } = await place(
      zipOf({
        "extension.vsixmanifest": "<p/>",
        "extension/package.json": "{}",
        "extension/a/b": "c",
      }),
    );
    const unpacked = await unpack();
    expect((await readdir(unpacked)).sort()).toEqual(["a", "package.json"]);
    expect(await readFile(join(unpacked, "a/b"), "utf8")).toBe("c");
    await writeFile(join(unpacked, "kept"), "");
    expect(await unpack()).toBe(unpacked);
    expect(await readdir(unpacked)).toContain("kept");
    expect(await readdir(store)).toHaveLength(1);
  });

  it("two boots at the same time unpack the same folder", async () => {
    const { store, unpack } = await place(zipOf({ "extension/package.json": "{}" }));
    const [one, other] = await Promise.all([unpack(), unpack()]);
    expect(one).toBe(other);
    expect(await readdir(store)).toHaveLength(1);
  });

  it("takes only the executable bit of a mode", async () => {
    const run = await place(zipOf({ "extension/run": "#!" }, { mode: SETUID_FOR_ALL }));
    expect(await permissions(join(await run.unpack(), "run"))).toBe(0o755);
    const read = await place(zipOf({ "extension/text": "" }, { mode: 0o100666 }));
    expect(await permissions(join(await read.unpack(), "text"))).toBe(0o644);
  });

  it("unpacks a link as a file with the link's target, so nothing is written through it", async () => {
    const { folder, store, unpack } = await place(
      zipOf({ "extension/link": "../../elsewhere", "extension/link/evil": "" }, { mode: SYMLINK }),
    );
    await mkdir(join(folder, "elsewhere"));
    await expect(unpack()).rejects.toThrow(/ENOTDIR|EEXIST/);
    expect(await readdir(join(folder, "elsewhere"))).toEqual([]);
    expect(await readdir(store)).toEqual([]);

    const alone = await place(zipOf({ "extension/link": "../../elsewhere" }, { mode: SYMLINK }));
    expect(await readFile(join(await alone.unpack(), "link"), "utf8")).toBe("../../elsewhere");
  });

  const sameTwice = zipOf({ "extension/a": "1", "extension/b": "2" });
  sameTwice.write("a", sameTwice.lastIndexOf("extension/b") + "extension/".length);
  const damaged = zipOf({ "extension/a": "some text" }, { method: 0 });
  damaged.write("T", damaged.indexOf("some text") + "some ".length);
  const shorter = zipOf({ "extension/a": "some text" });
  shorter.writeUInt32LE(4, shorter.lastIndexOf("PK\x01\x02") + 24);

  it.each([
    ["a path out of the archive", zipOf({ "extension/../../evil": "" }), "invalid relative path"],
    ["an absolute path", zipOf({ "/etc/evil": "" }), "absolute path"],
    ["a path with backslashes", zipOf({ "extension\\..\\evil": "" }), "invalid characters"],
    ["a name that occurs twice", sameTwice, "EEXIST"],
    ["a truncated archive", zipOf({ a: "b" }).subarray(0, 20), "not found"],
    ["an archive that is not a VSIX", zipOf({ a: "b" }), "no VSIX"],
    ["an unknown compression", zipOf({ "extension/a": "b" }, { method: 9 }), "compression"],
    ["a damaged file", damaged, "extension/a is damaged"],
    ["a file that is larger than its entry says", shorter, "too many bytes"],
  ])("refuses %s, and leaves nothing behind", async (_, archive, why) => {
    const { folder, store, unpack } = await place(archive);
    await expect(unpack()).rejects.toThrow(why);
    expect(await readdir(store).catch(() => [])).toEqual([]);
    expect((await readdir(folder)).filter((name) => name !== "store")).toEqual(["prices.vsix"]);
  });
});

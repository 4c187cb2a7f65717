import { lstat, mkdir, readdir, readFile, realpath, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { linkExtensions } from "../../src/sidecars/code-server-extensions.ts";
import { addSettings } from "../../src/sidecars/code-server-settings.ts";
import { unpackVsix } from "../../src/sidecars/vsix.ts";
import { readZip } from "../../src/sidecars/zip.ts";
import { scratchFolder } from "../support/scratch.ts";
import { zipOf } from "../support/zip.ts";

const manifest = (version = "1.0.0") =>
  JSON.stringify({ publisher: "Shop", name: "prices", version });

describe("vsix", () => {
  it("is unpacked once, whole or not at all, with what may be executed", async () => {
    const folder = await scratchFolder();
    const vsix = join(folder, "prices.vsix");
    await writeFile(
      vsix,
      zipOf({ "extension/package.json": manifest(), "extension/bin/run": "#!" }),
    );
    const store = join(folder, "store");
    const unpacked = await unpackVsix(vsix, store);
    expect((await readdir(unpacked)).sort()).toEqual(["bin", "package.json"]);
    expect((await stat(join(unpacked, "bin/run"))).mode & 0o111).toBe(0o111);
    await writeFile(join(unpacked, "kept"), "");
    expect(await unpackVsix(vsix, store)).toBe(unpacked);
    expect(await readdir(unpacked)).toContain("kept");
    expect(await readdir(store)).toHaveLength(1);
  });

  it.each([
    ["a file outside of itself", zipOf({ "extension/../../evil": "" }), "outside of itself"],
    ["a part of an archive", zipOf({ a: "b" }).subarray(0, 20), "only a part"],
    ["an archive that is no VSIX", zipOf({ a: "b" }), "no VSIX"],
    ["another method", zipOf({ "extension/a": "b" }, 9), "method 9"],
  ])("refuses %s, and leaves nothing", async (_, archive, why) => {
    const folder = await scratchFolder();
    const vsix = join(folder, "bad.vsix");
    await writeFile(vsix, archive);
    await expect(unpackVsix(vsix, join(folder, "store"))).rejects.toThrow(why);
    expect(await readdir(join(folder, "store")).catch(() => [])).toEqual([]);
  });

  it("notices a damaged file", async () => {
    const archive = zipOf({ "extension/a": "some text" }, 0);
    archive.writeUInt32LE(8, archive.lastIndexOf("PK\x01\x02") + 24);
    const [entry] = readZip(archive);
    await expect(entry?.content()).rejects.toThrow("extension/a is damaged");
  });
});

describe("linkExtensions", () => {
  async function place() {
    const folder = await scratchFolder();
    const extensionsDir = join(folder, "extensions");
    const warnings: string[] = [];
    const unpacked = async (version: string) => {
      const source = join(folder, `unpacked-${version}`);
      await mkdir(source);
      await writeFile(join(source, "package.json"), manifest(version));
      return source;
    };
    const link = (...sources: string[]) =>
      linkExtensions({
        sources,
        extensionsDir,
        store: join(folder, "store"),
        warn: (message) => warnings.push(message),
      });
    const list = join(extensionsDir, "extensions.json");
    const listed = async () => JSON.parse(await readFile(list, "utf8")) as { version: string }[];
    return { folder, extensionsDir, warnings, unpacked, link, list, listed };
  }

  it("without a list only links: code-server looks for itself", async () => {
    const { extensionsDir, unpacked, link } = await place();
    const source = await unpacked("1.0.0");
    await link(source);
    await link(source);
    expect(await readdir(extensionsDir)).toEqual(["shop.prices-1.0.0"]);
    expect(await realpath(join(extensionsDir, "shop.prices-1.0.0"))).toBe(source);
  });

  it("adds itself to a list, and a newer image takes the place of an older one", async () => {
    const { extensionsDir, unpacked, link, list, listed } = await place();
    await mkdir(extensionsDir);
    const other = { identifier: { id: "a.b" }, version: "3", relativeLocation: "a.b-3", more: 1 };
    await writeFile(list, JSON.stringify([other]));
    await link(await unpacked("1.0.0"));
    await link(await unpacked("2.0.0"));
    expect(await listed()).toMatchObject([
      other,
      {
        identifier: { id: "shop.prices" },
        version: "2.0.0",
        relativeLocation: "shop.prices-2.0.0",
      },
    ]);
    expect((await readdir(extensionsDir)).sort()).toEqual(["extensions.json", "shop.prices-2.0.0"]);
  });

  it("keeps what the person has installed", async () => {
    const { extensionsDir, unpacked, link, list } = await place();
    await mkdir(join(extensionsDir, "shop.prices-0.9.0"), { recursive: true });
    const own = {
      identifier: { id: "Shop.prices" },
      version: "0.9.0",
      relativeLocation: "shop.prices-0.9.0",
    };
    await writeFile(list, JSON.stringify([own]));
    await link(await unpacked("1.0.0"));
    expect(JSON.parse(await readFile(list, "utf8"))).toEqual([own]);
    expect((await lstat(join(extensionsDir, "shop.prices-0.9.0"))).isDirectory()).toBe(true);
  });

  it("one that is missing or a list that is broken is said, and the others are there", async () => {
    const { extensionsDir, unpacked, link, list, warnings } = await place();
    await mkdir(extensionsDir);
    await writeFile(list, "{ broken");
    await link("/nowhere/gone.vsix", await unpacked("1.0.0"));
    expect(warnings).toEqual([
      expect.stringContaining("extensions.json is no list of extensions"),
      expect.stringContaining("extension /nowhere/gone.vsix is not there for code-server"),
    ]);
    expect(await readFile(list, "utf8")).toBe("{ broken");
    expect(await readdir(extensionsDir)).toContain("shop.prices-1.0.0");
  });
});

describe("addSettings", () => {
  async function add(before: string | null) {
    const path = join(await scratchFolder(), "User", "settings.json");
    if (before !== null) {
      await mkdir(join(path, ".."));
      await writeFile(path, before);
    }
    const warnings: string[] = [];
    await addSettings(path, { a: 1, b: "two" }, (message) => warnings.push(message));
    return { after: await readFile(path, "utf8"), warnings };
  }

  it("makes the file", async () => {
    expect((await add(null)).after).toBe('{\n  "a": 1,\n  "b": "two"\n}\n');
  });

  it("adds what the person has not set, and leaves the rest as it is", async () => {
    const { after } = await add('{\n  // mine\n  "b": null, /* so */\n}\n');
    expect(after).toContain('// mine\n  "b": null, /* so */');
    expect(after).toContain('"a": 1');
  });

  it("touches nothing when there is nothing to add, or when it cannot be read", async () => {
    expect((await add('{"b":0,"a":0}')).after).toBe('{"b":0,"a":0}');
    const broken = await add("{ what");
    expect(broken.after).toBe("{ what");
    expect(broken.warnings).toEqual([expect.stringContaining("is not JSON with comments")]);
  });
});

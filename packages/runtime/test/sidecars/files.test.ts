import { lstat, mkdir, readdir, readFile, realpath, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { PhaseWarning } from "../../src/base/warning.ts";
import { linkExtensions } from "../../src/sidecars/code-server-extensions.ts";
import { addSettings } from "../../src/sidecars/code-server-settings.ts";
import { scratchFolder } from "../support/scratch.ts";
import { zipOf } from "../support/zip.ts";

const manifest = (version = "1.0.0") =>
  JSON.stringify({ publisher: "Shop", name: "prices", version });

describe("linkExtensions", () => {
  async function place() {
    const folder = await scratchFolder();
    const extensionsDir = join(folder, "extensions");
    const warnings: PhaseWarning[] = [];
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
        warn: (warning) => warnings.push(warning),
      });
    const list = join(extensionsDir, "extensions.json");
    const listed = async () => JSON.parse(await readFile(list, "utf8")) as { version: string }[];
    return { folder, extensionsDir, warnings, unpacked, link, list, listed };
  }

  it("without an extensions.json, only adds the link, because code-server searches the folder", async () => {
    const { extensionsDir, unpacked, link } = await place();
    const source = await unpacked("1.0.0");
    await link(source);
    await link(source);
    expect(await readdir(extensionsDir)).toEqual(["shop.prices-1.0.0"]);
    expect(await realpath(join(extensionsDir, "shop.prices-1.0.0"))).toBe(source);
  });

  it("with an extensions.json, adds a row; an extension from a newer image replaces the older one", async () => {
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

  it("unpacked extensions of older images go, and the links to them; one that cannot be unpacked keeps all", async () => {
    const { folder, extensionsDir, link } = await place();
    const packed = async (version: string) => {
      const vsix = join(folder, `prices-${version}.vsix`);
      await writeFile(vsix, zipOf({ "extension/package.json": manifest(version) }));
      return vsix;
    };
    const [older, newer] = [await packed("1.0.0"), await packed("2.0.0")];
    await link(older);
    await link(newer, join(folder, "missing.vsix"));
    expect(await readdir(join(folder, "store"))).toHaveLength(2);
    await link(newer);
    expect(await readdir(join(folder, "store"))).toHaveLength(1);
    expect(await readdir(extensionsDir)).toEqual(["shop.prices-2.0.0"]);
  });

  it("keeps an extension that the user has installed", async () => {
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

  it("warns of a missing extension and of an invalid extensions.json, and links the others", async () => {
    const { extensionsDir, unpacked, link, list, warnings } = await place();
    await mkdir(extensionsDir);
    await writeFile(list, "{ broken");
    await link("/nowhere/gone.vsix", await unpacked("1.0.0"));
    expect(warnings).toEqual([
      { code: "extension-list-unreadable", path: list },
      {
        code: "extension-missing",
        extension: "/nowhere/gone.vsix",
        cause: { errno: "ENOENT", syscall: "stat", path: "/nowhere/gone.vsix" },
      },
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
    const warnings: PhaseWarning[] = [];
    await addSettings(path, { a: 1, b: "two" }, (warning) => warnings.push(warning));
    return { after: await readFile(path, "utf8"), warnings };
  }

  it("creates the file", async () => {
    expect((await add(null)).after).toBe('{\n  "a": 1,\n  "b": "two"\n}\n');
  });

  it("adds settings that the user has not set, and changes nothing else", async () => {
    const { after } = await add('{\n  // mine\n  "b": null, /* so */\n}\n');
    expect(after).toContain('// mine\n  "b": null, /* so */');
    expect(after).toContain('"a": 1');
  });

  it("does not write when there is nothing to add, or when the file is invalid", async () => {
    expect((await add('{"b":0,"a":0}')).after).toBe('{"b":0,"a":0}');
    const broken = await add("{ what");
    expect(broken.after).toBe("{ what");
    expect(broken.warnings).toMatchObject([{ code: "settings-unreadable" }]);
  });
});

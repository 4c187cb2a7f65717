import { lstat, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import {
  type InstallEvent,
  type InstallOptions,
  installStage,
  StageNotInstalled,
} from "../../src/index.ts";
import { never, scratchFolder, scratchPool } from "../support/scratch.ts";
import { makeStage } from "../support/stages.ts";
import { damage, snapshot, snapshotOfTarget, writeFiles } from "../support/trees.ts";

/** Makes a stage for tests to damage, and legacy sources. */
async function setUp() {
  const folder = await scratchFolder();
  const pool = scratchPool();
  const target = join(folder, "target");
  const stageDir = await makeStage(pool, folder, {
    files: { "deps/a.js": "a", "deps/b.js": "b", "tool/one.js": "one" },
    entries: [
      { from: "deps", to: "config/node_modules", kind: "link" },
      { from: "tool/*", to: "config/tool/" },
    ],
    agentVersion: "1.18.33",
  });
  await writeFiles(folder, { "app/tools/one.js": "legacy one", "app/deps/a.js": "legacy a" });
  const legacy = [
    { from: join(folder, "app/tools"), to: "config/tool" },
    { from: join(folder, "app/deps"), to: "config/node_modules" },
    { from: join(folder, "app/never-made"), to: "config/skill" },
  ];
  const events: InstallEvent[] = [];
  const install = (more: Partial<InstallOptions> = {}) =>
    installStage({
      pool,
      stageDir,
      targetDir: target,
      env: {},
      legacy,
      signal: never,
      onEvent: (event) => events.push(event),
      ...more,
    });
  return { folder, target, stageDir, events, install };
}

type Scene = Awaited<ReturnType<typeof setUp>>;

/** Changes a `stage.json`. */
async function edit(stageDir: string, change: (manifest: Record<string, unknown>) => void) {
  const path = join(stageDir, "stage.json");
  const manifest = JSON.parse(await readFile(path, "utf8"));
  change(manifest);
  await writeFile(path, JSON.stringify(manifest));
}

const damages: Record<
  string,
  { damage(scene: Scene): Promise<unknown>; at: string; says: string }
> = {
  "does not exist": {
    damage: ({ stageDir }) => rm(stageDir, { recursive: true }),
    at: "stage.json",
    says: "the file does not exist",
  },
  "was cut off before stage.json was written": {
    damage: ({ stageDir }) => rm(join(stageDir, "stage.json")),
    at: "stage.json",
    says: "the file does not exist",
  },
  "has a stage.json that was cut off": {
    damage: ({ stageDir }) => truncate(join(stageDir, "stage.json"), 100),
    at: "stage.json",
    says: "it is not JSON: cut off, or damaged",
  },
  "has a stage.json that is a folder": {
    damage: async ({ stageDir }) => {
      await rm(join(stageDir, "stage.json"));
      await writeFiles(stageDir, { "stage.json/x": "" });
    },
    at: "stage.json",
    says: "it is not a regular file",
  },
  "has a named pipe as stage.json": {
    damage: async ({ stageDir }) => {
      await rm(join(stageDir, "stage.json"));
      await execa("mkfifo", [join(stageDir, "stage.json")]);
    },
    at: "stage.json",
    says: "it is not a regular file",
  },
  "says something else of an entry than was built": {
    damage: ({ stageDir }) =>
      edit(stageDir, (manifest) => {
        const [first] = manifest["entries"] as Record<string, unknown>[];
        if (first !== undefined) first["isolation"] = "private";
      }),
    at: "stage.json",
    says: "its entries do not match its id",
  },
  "says for no agent version by a word that is none": {
    damage: ({ stageDir }) =>
      edit(stageDir, (manifest) => {
        manifest["agentVersion"] = 5;
      }),
    at: "stage.json",
    says: "its id or its entries are invalid",
  },
  "has no entries": {
    damage: ({ stageDir }) => edit(stageDir, (manifest) => delete manifest["entries"]),
    at: "stage.json",
    says: "its id or its entries are invalid",
  },
  ...Object.fromEntries(
    [
      { path: "../outside" },
      { path: "/etc/outside" },
      { path: ".sandboot/journal.json" },
      { path: "" },
      { kind: "move" },
      { type: "socket" },
      { bytes: "many" },
    ].map((wrong) => [
      `has an entry with ${JSON.stringify(wrong)}`,
      {
        damage: ({ stageDir }: Scene) =>
          edit(stageDir, (manifest) => {
            Object.assign((manifest["entries"] as object[])[0] ?? {}, wrong);
          }),
        at: "stage.json",
        says: "its id or its entries are invalid",
      },
    ]),
  ),
  "is of another format": {
    damage: ({ stageDir }) => edit(stageDir, (manifest) => (manifest["formatVersion"] = 2)),
    at: "stage.json",
    says: "its format version is 2, expected 1",
  },
  "lost an entry": {
    damage: ({ stageDir }) => rm(join(stageDir, "files/config/node_modules"), { recursive: true }),
    at: "files/config/node_modules",
    says: "stage.json lists it, but it does not exist",
  },
  "has a file of another size": {
    damage: ({ stageDir }) => damage(join(stageDir, "files/config/tool/one.js"), "onemore"),
    at: "files/config/tool/one.js",
    says: "it should have 3 bytes, but has 7",
  },
  "has a file where a folder was": {
    damage: async ({ stageDir }) => {
      await rm(join(stageDir, "files/config/node_modules"), { recursive: true });
      await writeFile(join(stageDir, "files/config/node_modules"), "");
    },
    at: "files/config/node_modules",
    says: "it should be a folder, but is a file",
  },
};

describe("C6: a stage that cannot be used", () => {
  it.each(Object.entries(damages))(
    "that %s: one event, then the legacy sources are installed",
    async (_, one) => {
      const scene = await setUp();
      await one.damage(scene);
      const result = await scene.install();
      expect(scene.events).toEqual([
        {
          type: "stage-unusable",
          reason: one.says,
          path: join(scene.stageDir, one.at),
          fallback: "legacy",
        },
      ]);
      expect(result).toMatchObject({ source: "legacy", stageId: null });
      expect(await snapshotOfTarget(scene.target)).toEqual({
        config: "folder",
        "config/node_modules": "folder",
        "config/node_modules/a.js": "file 0644 legacy a",
        "config/tool": "folder",
        "config/tool/one.js": "file 0644 legacy one",
      });
    },
  );

  it("that was made for another version of the agent", async () => {
    const { install, events } = await setUp();
    expect((await install({ agentVersion: "1.18.33" })).source).toBe("stage");
    expect(events).toEqual([]);
    expect((await install({ agentVersion: "2.0.0" })).source).toBe("legacy");
    expect(events.map(({ reason }) => reason)).toEqual([
      "it was made for agent version 1.18.33, and the agent is 2.0.0",
    ]);
  });

  it("that has lost a file inside a tree is noticed when the tree is copied", async () => {
    const { stageDir, install, events } = await setUp();
    await rm(join(stageDir, "files/config/node_modules/b.js"));
    expect((await install({ isolation: "private" })).source).toBe("legacy");
    expect(events.map(({ reason }) => reason)).toEqual([
      "it should have 2 files, 2 bytes, but has 1 files, 1 bytes",
    ]);
  });

  it("C7: the result names the copied and the missing sources, and no path that does not exist", async () => {
    const { stageDir, target, install } = await setUp();
    await rm(stageDir, { recursive: true });
    const { items, counts, bytes } = await install();
    expect(counts).toEqual({ [items[0]?.result ?? ""]: 2, missing: 1 });
    expect(bytes).toBe(18);
    expect(items[2]).toEqual({
      path: "config/skill",
      result: "missing",
      reason: "its source is not there",
    });
    for (const { path, result } of items) {
      expect((await lstat(join(target, path)).catch(() => null)) === null).toBe(
        result === "missing",
      );
    }
  });

  it("the next usable stage replaces the legacy files", async () => {
    const { folder, stageDir, target, install } = await setUp();
    await rm(join(stageDir, "stage.json"));
    await install();
    await writeFile(join(target, "config/tool/mine.js"), "mine");
    const again = await makeStage(scratchPool(), join(folder, "again"), {
      files: { "deps/a.js": "new a" },
      entries: [{ from: "deps", to: "config/node_modules", kind: "link" }],
    });
    expect((await install({ stageDir: again })).counts).toEqual({ linked: 1 });
    expect(await snapshotOfTarget(target)).toEqual({
      config: "folder",
      "config/node_modules": `link ${again}/files/config/node_modules`,
      "config/tool": "folder",
      "config/tool/mine.js": "file 0644 mine",
    });
  });

  it.each(["../out", "/etc/out", ".", "", "./.sandboot/x"])(
    "a legacy source for %j is refused before anything is done",
    async (to) => {
      const { folder, install, events } = await setUp();
      const before = await snapshot(folder);
      const installing = install({ legacy: [{ from: folder, to }] });
      await expect(installing).rejects.toThrow("expected a relative path that stays in the target");
      expect([events, await snapshot(folder)]).toEqual([[], before]);
    },
  );

  it("without legacy sources: one event, then an error with reason and path; the target is unchanged", async () => {
    const { stageDir, target, install, events } = await setUp();
    await install();
    const before = await snapshotOfTarget(target);
    await rm(join(stageDir, "stage.json"));
    const error = await install({ legacy: [] }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StageNotInstalled);
    expect((error as Error).message).toContain(`${stageDir}/stage.json: the file does not exist`);
    expect(events).toMatchObject([{ type: "stage-unusable", fallback: "none" }]);
    expect(await snapshotOfTarget(target)).toEqual(before);
  });
});

import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { writeFiles } from "../support/git.ts";
import { buildOwnStage } from "../support/own-stage.ts";
import { Sandbox } from "../support/sandbox.ts";

type Damage = (stageDir: string) => Promise<void>;

const changeManifest =
  (change: (text: string) => string): Damage =>
  async (stageDir) => {
    const path = join(stageDir, "stage.json");
    await writeFile(path, change(await readFile(path, "utf8")), { mode: 0o644 });
  };

const DAMAGES: Record<string, { damage: Damage; reason: RegExp }> = {
  "that is not there": {
    damage: (stageDir) => rm(stageDir, { recursive: true }),
    reason: /the file does not exist/,
  },
  "without its manifest": {
    damage: (stageDir) => rm(join(stageDir, "stage.json")),
    reason: /the file does not exist/,
  },
  "whose manifest was cut off": {
    damage: changeManifest((text) => text.slice(0, 100)),
    reason: /not JSON/,
  },
  "of another format version": {
    damage: changeManifest((text) => text.replace('"formatVersion": 1', '"formatVersion": 99')),
    reason: /format version is 99, expected 1/,
  },
  "for another agent": {
    damage: changeManifest((text) =>
      text.replace('"agentVersion": "1.0.0"', '"agentVersion": "0.9.0"'),
    ),
    reason: /0\.9\.0/,
  },
  "that lacks a file": {
    damage: (stageDir) => rm(join(stageDir, "files/config/tool/open.js")),
    reason: /lists it, but it does not exist/,
  },
};

async function sandboxWithStage(legacy: boolean) {
  const sandbox = await Sandbox.create({ agentKind: "fixture" });
  const dir = await buildOwnStage(sandbox.folder);
  await writeFiles(join(sandbox.folder, "old"), {
    "tool/old.js": "export default 'old';\n",
    "package.json": "{}\n",
  });
  const sources = [{ from: "old", to: "config" }];
  Object.assign(sandbox.config, {
    stage: { dir, agentVersion: "1.0.0", ...(legacy && { legacy: sources }) },
  });
  return { sandbox, dir };
}

describe("C6: a stage that cannot be used is named in one event, and the legacy installer takes over", () => {
  it.each(Object.entries(DAMAGES))("C6: a stage %s", async (_, { damage, reason }) => {
    const { sandbox, dir } = await sandboxWithStage(true);
    await damage(dir);
    const boot = await sandbox.boot({ args: ["--until", "ready"] });
    const { exitCode } = await boot.ended();
    expect(exitCode).toBe(0);

    const unusable = boot.events.filter((event) => event.type === "stage.unusable");
    expect(unusable).toEqual([
      expect.objectContaining({
        reason: expect.stringMatching(reason),
        path: expect.stringContaining(dir),
        fallback: "legacy",
      }),
    ]);
    const report = await boot.report();
    expect(report).toMatchObject({ outcome: "ready", stage: { id: null, source: "legacy" } });
    expect(report.warnings.filter(({ phase }) => phase === "stage")).toHaveLength(1);
    const installed = join(sandbox.folder, "state/agent/config/tool/old.js");
    expect(await readFile(installed, "utf8")).toBe("export default 'old';\n");
  });

  it("C6: without legacy sources the boot fails, and says what to do", async () => {
    const { sandbox, dir } = await sandboxWithStage(false);
    await rm(join(dir, "stage.json"));
    const boot = await sandbox.boot();
    const { exitCode, stderr } = await boot.ended();
    expect(exitCode).toBe(1);
    expect(stderr).toContain(dir);
    expect(stderr).toContain("sandboot-stage build");
    expect((await boot.report()).fatal).toMatchObject({
      phase: "stage",
      failure: { code: "stage-unusable" },
    });
  });
});

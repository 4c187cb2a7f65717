import { existsSync, lstatSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { BootReport } from "../../src/protocol/index.ts";
import { buildOwnStage } from "../support/own-stage.ts";
import { Sandbox } from "../support/sandbox.ts";

/** Every absolute path in our folders that a report names. */
function pathsIn(value: unknown, folder: string): string[] {
  if (typeof value === "string") return value.startsWith(`${folder}/`) ? [value] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap((item) => pathsIn(item, folder));
}

const resultsOf = ({ stage }: BootReport) =>
  Object.fromEntries(stage?.items.map(({ path, result }) => [path, result]) ?? []);

describe("C7: the report says what happened, and never a path that does not exist", () => {
  it("C7: each staged item is what its result says: linked, copied, gated, kept, present", async () => {
    const sandbox = await Sandbox.create({
      agentKind: "fixture",
      files: { ".openinspect/start.sh": "echo started\n" },
    });
    const dir = await buildOwnStage(sandbox.folder);
    Object.assign(sandbox.config, { stage: { dir } });
    const target = join(sandbox.folder, "state/agent");
    // A user's file at the path of a staged file.
    await mkdir(join(target, "config/tool"), { recursive: true });
    await writeFile(join(target, "config/tool/open.js"), "mine\n");

    const first = await bootOnce(sandbox, {});
    expect(resultsOf(first)).toEqual({
      "config/node_modules": "linked",
      "config/skill/one": expect.stringMatching(/^(copied|reflinked|hardlinked)$/),
      "config/tool/open.js": "conflict",
      "config/tool/secret.js": "gated",
    });
    const kindOf = (path: string) => {
      const stat = lstatSync(join(target, path), { throwIfNoEntry: false });
      if (stat === undefined) return "absent";
      return stat.isSymbolicLink() ? "link" : "own";
    };
    for (const { path, result } of first.stage?.items ?? []) {
      const expected = { linked: "link", gated: "absent", missing: "absent" }[String(result)];
      expect([path, kindOf(path)]).toEqual([path, expected ?? "own"]);
    }
    for (const path of pathsIn(first, sandbox.folder)) {
      expect([path, existsSync(path)]).toEqual([path, true]);
    }
    expect(pathsIn(first, sandbox.folder)).toContain(
      join(sandbox.repository, ".openinspect/start.sh"),
    );

    const second = await bootOnce(sandbox, { GATE_IS_OPEN: "true" });
    expect(resultsOf(second)).toMatchObject({
      "config/node_modules": "present",
      "config/skill/one": "present",
      "config/tool/secret.js": "copied",
    });
    const strategies = Object.fromEntries(
      (second.stage?.items ?? []).map(({ path, strategy }) => [path, strategy]),
    );
    expect(strategies).toMatchObject({
      "config/node_modules": "symlink",
      "config/tool/open.js": undefined,
      "config/tool/secret.js": "copy",
    });
    expect(kindOf("config/tool/secret.js")).toBe("own");

    // When its gate closes, the item is removed, and the report says so.
    const third = await bootOnce(sandbox, {});
    expect(resultsOf(third)["config/tool/secret.js"]).toBe("gated");
    expect(kindOf("config/tool/secret.js")).toBe("absent");
  });

  it("C7: a missing hook is skipped, because it is absent: by its name in the config and without a path", async () => {
    const sandbox = await Sandbox.create({ agentKind: "fixture" });
    const report = await bootOnce(sandbox, {});
    const hook = report.phases.find(({ id }) => id === "hook.start:demo");
    expect(hook).toMatchObject({
      status: "skipped",
      because: "demo has no .openinspect/start.sh",
      detail: { script: ".openinspect/start.sh", absent: true },
    });
  });
});

async function bootOnce(sandbox: Sandbox, env: Record<string, string>): Promise<BootReport> {
  const boot = await sandbox.boot({ args: ["--until", "ready"], env });
  expect((await boot.ended()).exitCode).toBe(0);
  return boot.report();
}

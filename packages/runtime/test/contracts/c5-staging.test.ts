import { lstat, mkdir, readdir, readFile, readlink, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { buildOwnStage } from "../support/own-stage.ts";
import { Sandbox } from "../support/sandbox.ts";

/** Reads a folder: links by target, files by content. */
async function picture(root: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(root, path);
    // The installer's own files contain times.
    if (name.startsWith(".sandboot/")) continue;
    const stat = await lstat(path);
    if (stat.isSymbolicLink()) found[name] = `-> ${await readlink(path)}`;
    else found[name] = stat.isFile() ? await readFile(path, "utf8") : "/";
  }
  return found;
}

const preload = join(import.meta.dirname, "../fixtures/die-at-change.cjs");

describe("C5: staging is all or nothing", () => {
  it("C5: a boot after one that was killed during staging ends with the right tree", async () => {
    // Enough files for every thread to get some.
    const extra = Object.fromEntries(
      Array.from({ length: 300 }, (_, at) => [`skill/one/page-${at}.md`, `page ${at}\n`]),
    );
    const sandbox = await Sandbox.create({ agentKind: "fixture" });
    const stage = { dir: await buildOwnStage(sandbox.folder, { extra }) };
    Object.assign(sandbox.config, { stage });
    const target = join(sandbox.folder, "state/agent");

    const whole = await sandbox.boot({ args: ["--until", "ready"] });
    expect((await whole.ended()).exitCode).toBe(0);
    const wanted = await picture(target);
    expect(Object.keys(wanted).length).toBeGreaterThan(300);

    for (const change of [1, 2, 3, 5, 8]) {
      await rm(target, { recursive: true });
      await mkdir(target);
      const boot = await sandbox.boot({
        env: {
          NODE_OPTIONS: `--require=${preload}`,
          DIE_AT_CHANGE: String(change),
          DIE_BELOW: target,
        },
      });
      // It must have been killed, and not have ended by itself.
      expect((await boot.ended()).exitCode).toBeNull();
      expect(boot.position("phase.ended", ({ id }) => id === "stage")).toBe(-1);
      // The end of a container kills the rest. Here the test does it.
      await sandbox.killAll();

      const next = await sandbox.boot({ args: ["--until", "ready"] });
      expect((await next.ended()).exitCode).toBe(0);
      expect(await picture(target)).toEqual(wanted);
      expect((await readdir(join(target, ".sandboot"))).toSorted()).toEqual([
        "installed.json",
        "listings",
      ]);
    }
  });
});

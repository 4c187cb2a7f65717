import { existsSync, watch } from "node:fs";
import { lstat, mkdir, readdir, readFile, readlink, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { buildOwnStage } from "../support/own-stage.ts";
import { killEverything } from "../support/process-table.ts";
import { Sandbox } from "../support/sandbox.ts";

/** What is in a folder, links by where they point and files by content, as one can compare it. */
async function picture(root: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(root, path);
    // The installer's own notes have times in them.
    if (name.startsWith(".sandboot/")) continue;
    const stat = await lstat(path);
    if (stat.isSymbolicLink()) found[name] = `-> ${await readlink(path)}`;
    else found[name] = stat.isFile() ? await readFile(path, "utf8") : "/";
  }
  return found;
}

describe("C5: staging is all or nothing", () => {
  it("C5: a boot that is killed while it stages is no matter to the next one", {
    timeout: 180_000,
  }, async () => {
    // Enough files that there is a "while".
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

    let cutShort = 0;
    for (const changes of [1, 2, 5, 20, 80]) {
      await rm(target, { recursive: true });
      await mkdir(target);
      const boot = await sandbox.boot();
      await killAfter(changes, target, boot.pid);
      await boot.ended();
      // A container takes everything with it; here it is the test's to do.
      killEverything(`HOME=${sandbox.home}`);
      if (!existsSync(join(target, "config/tool/open.js"))) cutShort += 1;

      const next = await sandbox.boot({ args: ["--until", "ready"] });
      expect((await next.ended()).exitCode).toBe(0);
      expect(await picture(target)).toEqual(wanted);
      expect((await readdir(join(target, ".sandboot"))).toSorted()).toEqual([
        "installed.json",
        "listings",
      ]);
    }
    // Else it was killed too late each time, and nothing has been shown.
    expect(cutShort).toBeGreaterThan(0);
  });
});

/** Kills a process outright at the `count`-th thing that happens in a folder. */
function killAfter(count: number, folder: string, pid: number): Promise<void> {
  return new Promise((resolve) => {
    let seen = 0;
    const watcher = watch(folder, { recursive: true }, () => {
      seen += 1;
      if (seen !== count) return;
      process.kill(pid, "SIGKILL");
      watcher.close();
      resolve();
    });
  });
}

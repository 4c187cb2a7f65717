import { existsSync, lstatSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createStagePool } from "@sandboot/stager";
import { describe, expect, it, onTestFinished } from "vitest";
import { openCodeDriver } from "../../src/agents/opencode.ts";
import { agentPathsOf } from "../../src/agents/paths.ts";
import type { PhaseWarning } from "../../src/base/warning.ts";
import { loadConfig } from "../../src/config/load.ts";
import { NO_GRACE } from "../../src/process/grace.ts";
import { writeFiles } from "../support/git.ts";
import { scratchFolder } from "../support/scratch.ts";

const signal = new AbortController().signal;

/** OpenCode's driver with an installed stage, as a boot makes it, that has something for the global config folder. */
async function place({
  home = async (at) => join(at, "home"),
  agent = {},
}: {
  home?: (folder: string) => Promise<string>;
  agent?: object;
} = {}) {
  const folder = await scratchFolder();
  const [stage, target] = [join(folder, "stage"), join(folder, "target")];
  const seed = join(target, "global");
  await writeFiles(stage, {
    "node_modules/@opencode-ai/plugin/package.json": '{"version":"1.18.33"}',
    "node_modules/zod/index.js": "of the stage\n",
    "skill/SKILL.md": "of the stage\n",
  });
  await writeFiles(seed, {
    "package.json":
      '{"dependencies":{"@opencode-ai/plugin":"1.18.33"},"overrides":{"effect":"4.0.0"}}',
    "package-lock.json": '{"packages":{"":{"dependencies":{"@opencode-ai/plugin":"1.18.33"}}}}',
    "tool/greet.js": "export default {};\n",
  });
  await symlink(join(stage, "node_modules"), join(seed, "node_modules"));
  await symlink(join(stage, "skill"), join(seed, "skill"));
  const file = join(folder, "sandboot.json");
  await writeFile(file, JSON.stringify({ agent, stage: { dir: "stage", target } }));
  const config = await loadConfig({ file, cwd: folder, env: { HOME: await home(folder) } });
  await mkdir(config.stateDir, { recursive: true });
  const pool = createStagePool({ maxThreads: 1 });
  onTestFinished(() => pool[Symbol.asyncDispose]());
  const warnings: PhaseWarning[] = [];
  const driver = openCodeDriver(config);
  const packages = driver.packages?.({ present: () => config, pool, grace: NO_GRACE });
  const prepare = () =>
    driver.prepareHome(agentPathsOf(config), {
      packages: () => packages ?? expect.unreachable(),
      signal,
      warn: (warning) => warnings.push(warning),
    });
  const link = async () => await (await packages)?.linkGlobal({ signal });
  const copyAll = async () => await (await packages)?.prepareAgent({ signal });
  const global = join(folder, "home/.config/opencode");
  return { folder, stage, target, seed, global, warnings, prepare, link, copyAll };
}

/** Where the links in a folder lead. */
const targetsIn = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => lstatSync(path).isSymbolicLink())
    .map((path) => realpathSync(path));

const text = (path: string) => readFileSync(path, "utf8");

describe("OpenCode's global config folder", () => {
  it("gets copies of what the stage has for it, so that nothing in it leads to what other boots use", async () => {
    const { seed, stage, global, warnings, prepare } = await place();
    await prepare();
    expect(targetsIn(global)).toEqual([]);
    expect(readdirSync(join(global, "node_modules"))).toEqual([".sandboot"]);
    for (const name of ["package.json", "package-lock.json", "tool/greet.js"]) {
      expect(text(join(global, name))).toBe(text(join(seed, name)));
    }
    await writeFile(join(global, "package.json"), "{");
    await writeFile(join(global, "skill/SKILL.md"), "mine\n");
    expect(text(join(seed, "package.json"))).not.toBe("{");
    expect(text(join(stage, "skill/SKILL.md"))).toBe("of the stage\n");
    expect(warnings).toEqual([]);
  });

  it("keeps what the user has there or has changed since, and gets the rest of a new stage", async () => {
    const { seed, global, prepare } = await place();
    await writeFiles(global, { "tool/greet.js": "mine\n" });
    await prepare();
    await writeFile(join(global, "package.json"), "changed");
    await writeFiles(seed, { "package.json": "new", "package-lock.json": "new" });
    await prepare();
    const found = ["tool/greet.js", "package.json", "package-lock.json"].map((name) =>
      text(join(global, name)),
    );
    expect(found).toEqual(["mine\n", "changed", "new"]);
  });

  it("of an earlier version, with links to the installed stage, gets copies in their place", async () => {
    const { seed, global, prepare } = await place();
    await mkdir(global, { recursive: true });
    for (const name of readdirSync(seed)) await symlink(join(seed, name), join(global, name));
    await prepare();
    expect(targetsIn(global)).toEqual([]);
    expect(lstatSync(join(global, "node_modules")).isDirectory()).toBe(true);
  });

  it.each(["link", "leave"])(
    "gets this sandbox's own copies of the packages that its tools import (workspaceDependencies: %s)",
    async (workspaceDependencies) => {
      const { stage, seed, global, prepare, link } = await place({
        agent: { workspaceDependencies },
      });
      await prepare();
      await writeFiles(global, { "tool/mine.js": 'import "zod";\n' });
      expect(await link()).toMatchObject({ result: "linked", agentInstalls: false });
      const zod = join(global, "node_modules/zod");
      expect(text(join(zod, "index.js"))).toBe("of the stage\n");
      await mkdir(join(zod, "evil"));
      expect(existsSync(join(stage, "node_modules/zod/evil"))).toBe(false);
      expect(
        targetsIn(global).filter((path) => path.startsWith(stage) || path.startsWith(seed)),
      ).toEqual([]);
    },
  );

  it("C4: keeps the links that a warmed-up agent has seen, also when all packages have been copied since", async () => {
    const { stage, target, seed, global, prepare, link, copyAll } = await place();
    for (const name of ["package.json", "package-lock.json"]) {
      await writeFiles(target, { [`config/${name}`]: text(join(seed, name)) });
    }
    await symlink(join(stage, "node_modules"), join(target, "config/node_modules"));
    await writeFiles(seed, { "tool/greet.js": 'import "zod";\n' });
    await prepare();
    const seen = targetsIn(global);
    await copyAll();
    expect(await link()).toMatchObject({ result: "present" });
    expect(targetsIn(global)).toEqual(seen);
    expect(seen).toHaveLength(1);
  });

  it("may lie elsewhere, behind a link of the user's", async () => {
    const { folder, global, prepare, warnings } = await place();
    await mkdir(join(folder, "home/.config"), { recursive: true });
    await mkdir(join(folder, "dotfiles"));
    await symlink(join(folder, "dotfiles"), global);
    await prepare();
    expect(readdirSync(join(folder, "dotfiles"))).toContain("node_modules");
    expect(warnings).toEqual([]);
  });

  it.each<[what: string, home: (folder: string) => Promise<string>]>([
    [
      "HOME is a file",
      async (folder) => {
        await writeFile(join(folder, "home"), "");
        return join(folder, "home");
      },
    ],
    [
      "~/.config leads nowhere",
      async (folder) => {
        await mkdir(join(folder, "home"));
        await symlink("/nowhere/at/all", join(folder, "home/.config"));
        return join(folder, "home");
      },
    ],
    // Not even root makes a folder there.
    ["HOME cannot be written", async () => "/proc/self"],
  ])("is a courtesy: %s, and a warning says so", async (_, home) => {
    const { warnings, prepare } = await place({ home });
    await prepare();
    expect(warnings).toMatchObject([
      { code: "packages-not-linked", reason: expect.stringMatching(/^cannot be written: /) },
    ]);
  });

  it("is left alone where the stage has nothing for it", async () => {
    const { seed, global, prepare } = await place();
    await rm(seed, { recursive: true });
    await prepare();
    expect(existsSync(global)).toBe(false);
  });
});

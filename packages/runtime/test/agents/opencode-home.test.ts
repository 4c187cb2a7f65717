import { readlinkSync } from "node:fs";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openCodeDriver } from "../../src/agents/opencode.ts";
import { agentPathsOf } from "../../src/agents/paths.ts";
import type { PhaseWarning } from "../../src/base/warning.ts";
import { loadConfig } from "../../src/config/load.ts";
import { scratchFolder } from "../support/scratch.ts";

/** OpenCode's driver with an installed stage that has something for the global config folder. */
async function place(home: (folder: string) => Promise<string>) {
  const folder = await scratchFolder();
  const target = join(folder, "target");
  await mkdir(join(target, "global/node_modules"), { recursive: true });
  const file = join(folder, "sandboot.json");
  await writeFile(file, JSON.stringify({ stage: { dir: "stage", target } }));
  const config = await loadConfig({ file, cwd: folder, env: { HOME: await home(folder) } });
  await mkdir(config.stateDir, { recursive: true });
  const warnings: PhaseWarning[] = [];
  const prepare = () =>
    openCodeDriver(config).prepareHome(agentPathsOf(config), (warning) => warnings.push(warning));
  return { folder, target, warnings, prepare };
}

describe("OpenCode's global config folder", () => {
  it("gets links to what the stage has for it", async () => {
    const { folder, target, warnings, prepare } = await place(async (at) => join(at, "home"));
    await prepare();
    expect(readlinkSync(join(folder, "home/.config/opencode/node_modules"))).toBe(
      join(target, "global/node_modules"),
    );
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
    const { warnings, prepare } = await place(home);
    await prepare();
    expect(warnings).toMatchObject([
      { code: "packages-not-linked", reason: expect.stringMatching(/^cannot be written: /) },
    ]);
  });
});

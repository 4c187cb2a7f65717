import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CATALOGUE_FOLDER, INDEX_FILE } from "@sandboot/stager";
import { expect, it } from "vitest";
import { openCodeDriver } from "../../src/agents/opencode.ts";
import { agentPathsOf } from "../../src/agents/paths.ts";
import { loadConfig } from "../../src/config/load.ts";
import { writeFiles } from "../support/git.ts";
import { scratchFolder } from "../support/scratch.ts";

it.each(["seed", "repo_image"] as const)(
  "%s: OpenCode is started with the same before and after the stage is installed",
  async (mode) => {
    const cwd = await scratchFolder();
    const files = join(cwd, "stage/files");
    const index = {
      agentVersion: "1.18.33",
      madeFrom: null,
      providers: [],
      unasked: [],
      known: {},
    };
    await writeFiles(files, {
      "config/node_modules/x/index.js": "",
      [`${CATALOGUE_FOLDER}/${INDEX_FILE}`]: JSON.stringify(index),
    });
    const content = {
      stage: { dir: "stage" },
      stateDir: "state",
      agent: { config: { username: "somebody" } },
    };
    await writeFile(join(cwd, "sandboot.json"), JSON.stringify(content));
    const config = await loadConfig({ cwd, env: {}, mode });
    const driver = openCodeDriver(config);
    expect(driver.startsBesideStage).toBe(true);
    const paths = agentPathsOf(config);
    const before = driver.command(paths, 4096);
    await mkdir(config.stageTarget, { recursive: true });
    for (const name of ["config", CATALOGUE_FOLDER]) {
      await symlink(join(files, name), join(config.stageTarget, name));
    }
    expect(driver.command(paths, 4096)).toEqual(before);
    expect(before.env["OPENCODE_MODELS_PATH"]).toBe(paths.models);
    // A seed has its configuration in a file, which a binding can change.
    expect("OPENCODE_CONFIG_CONTENT" in before.env).toBe(mode !== "seed");
  },
);

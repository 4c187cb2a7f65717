import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DECOY_PROVIDER } from "../../src/agents/opencode/decoy.ts";
import {
  type ConfigPlaces,
  obstacleToDecoy,
  obstacleToPrompt,
} from "../../src/agents/opencode/obstacles.ts";
import { type Files, writeFiles } from "../support/git.ts";
import { scratchFolder } from "../support/scratch.ts";

/** A config folder with these files, and a file of keys beside it. */
async function placesWith(files: Files, more: Partial<ConfigPlaces> = {}) {
  const folder = join(await scratchFolder(), "config");
  await mkdir(folder, { recursive: true });
  await writeFiles(folder, files);
  const places = { folders: [folder], files: [], inline: {}, authFile: join(folder, "auth.json") };
  return { folder, places: { ...places, ...more } };
}

const INSTALLED: Files = { "node_modules/x/package.json": "{}" };
const plugins = { plugin: ["./nowhere.js"] };

describe("what keeps OpenCode out of the decoy", () => {
  it("is nothing in a folder whose packages are installed", async () => {
    const config = JSON.stringify({ model: "a/b", plugin: [] });
    const { places } = await placesWith({ "opencode.json": config, ...INSTALLED });
    expect(await obstacleToDecoy(places)).toBe(null);
  });

  it.each<[string, Files, (folder: string) => string]>([
    [
      "plugins in a file",
      { "opencode.jsonc": `// mine\n${JSON.stringify(plugins)}`, ...INSTALLED },
      (folder) => `${folder}/opencode.jsonc configures plugins`,
    ],
    [
      "a folder of plugins",
      { "plugin/a.js": "", ...INSTALLED },
      (folder) => `there are plugins in ${folder}/plugin`,
    ],
    [
      "a folder without packages",
      { "opencode.json": "{}" },
      (folder) => `${folder} has no node_modules`,
    ],
    [
      "a configuration that is no JSON",
      { "opencode.json": "[", ...INSTALLED },
      (folder) => `${folder}/opencode.json cannot be read`,
    ],
    [
      "a configuration that is fetched",
      { "auth.json": JSON.stringify({ "https://a.test": { type: "wellknown" } }) },
      () => "configuration is fetched",
    ],
  ])("is %s", async (_, files, reason) => {
    const { folder, places } = await placesWith(files);
    expect(await obstacleToDecoy(places)).toBe(reason(folder));
  });

  it("is a plugin of the inline configuration, or of a file that is named", async () => {
    const { folder, places } = await placesWith({ "other.json": JSON.stringify(plugins) });
    expect(await obstacleToDecoy({ ...places, inline: plugins })).toBe("plugins are configured");
    const file = join(folder, "other.json");
    expect(await obstacleToDecoy({ ...places, files: [file] })).toBe(`${file} configures plugins`);
  });
});

describe("what keeps the prompt from the decoy", () => {
  const decoys = { enabled_providers: [DECOY_PROVIDER] };

  it("is nothing where the decoy's provider is alone and nothing is started or fetched", () => {
    const mcp = { docs: { type: "remote", url: "http://h", enabled: false } };
    expect(obstacleToPrompt({ ...decoys, mcp, instructions: ["a.md"] })).toBe(null);
  });

  it.each<[object, string]>([
    [{ mcp: { docs: { type: "remote", url: "http://h" } } }, "there are MCP servers"],
    [{ share: "auto" }, "sessions are shared"],
    [{ autoshare: true }, "sessions are shared"],
    [
      { enabled_providers: [DECOY_PROVIDER, "stand-in"] },
      "the configuration says which providers there are",
    ],
    [{ disabled_providers: [DECOY_PROVIDER] }, "the configuration says which providers there are"],
    [{ instructions: ["https://h/a.md"] }, "instructions are fetched"],
    [{ skills: { urls: ["https://h"] } }, "skills are fetched"],
    [{ experimental: { openTelemetry: true } }, "prompts are traced"],
  ])("is %j", (config, reason) => {
    expect(obstacleToPrompt({ ...decoys, ...config })).toBe(reason);
  });
});

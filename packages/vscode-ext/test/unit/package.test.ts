import { execFile } from "node:child_process";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { kindShades } from "@sandboot/runtime/protocol";
import { describe, expect, it } from "vitest";
import manifest from "../../package.json" with { type: "json" };

const root = join(import.meta.dirname, "..", "..");

describe("the manifest", () => {
  it("describes every setting, and names every command below Sandbox", () => {
    const { commands, configuration } = manifest.contributes;
    for (const [name, setting] of Object.entries(configuration.properties)) {
      const text =
        "markdownDescription" in setting ? setting.markdownDescription : setting.description;
      expect(text, name).toMatch(/^%setting\./);
    }
    expect(new Set(commands.map(({ category }) => category))).toEqual(new Set(["Sandbox"]));
  });

  it("offers nothing in the palette that could not be done now", () => {
    const { commands, menus } = manifest.contributes;
    const always = commands
      .map(({ command }) => command)
      .filter((command) => !menus.commandPalette.some((entry) => entry.command === command));
    expect(always).toEqual(["sandboot.showPanel", "sandboot.reconnect", "sandboot.showLocations"]);
  });
});

it("has the colours that the report's page has", () => {
  const colors = manifest.contributes.colors.map(({ id, defaults }) => [id, defaults]);
  const expected = Object.entries(kindShades).map(([kind, { light, dark }]) => [
    `sandboot.${kind}`,
    { dark, light, highContrast: dark, highContrastLight: light },
  ]);
  expect(colors).toEqual(expected);
});

describe("the buttons of a tree's lines", () => {
  it("depend on nothing but the line: each change of a key would have all lines drawn anew", () => {
    for (const { command, when } of manifest.contributes.menus["view/item/context"]) {
      expect(when, command).toMatch(/^view == sandboot\.(boot|processes) && viewItem =~ \S+$/);
    }
  });
});

describe("the VSIX that the build packaged", () => {
  it("holds what an editor needs and nothing else", async () => {
    const vsix = join(root, "sandboot-vscode.vsix");
    const list = "import sys, zipfile; print('\\n'.join(zipfile.ZipFile(sys.argv[1]).namelist()))";
    const { stdout } = await promisify(execFile)("python3", ["-c", list, vsix]);
    expect(stdout.trim().split("\n").sort()).toEqual([
      "[Content_Types].xml",
      "extension.vsixmanifest",
      "extension/LICENSE.txt",
      "extension/changelog.md",
      "extension/dist/extension.cjs",
      "extension/dist/waterfall-style.css",
      "extension/dist/waterfall.js",
      "extension/l10n/bundle.l10n.json",
      "extension/media/icon.png",
      "extension/media/sandbox.svg",
      "extension/media/tab-dark.svg",
      "extension/media/tab-light.svg",
      "extension/media/walkthrough/panel.svg",
      "extension/media/walkthrough/processes.svg",
      "extension/media/walkthrough/waterfall.svg",
      "extension/package.json",
      "extension/package.nls.json",
      "extension/readme.md",
    ]);
  });

  it("has a bundle of at most 150 KB", async () => {
    const { size } = await stat(join(root, "dist", "extension.cjs"));
    expect(size).toBeLessThanOrEqual(150 * 1024);
  });
});

import { execFileSync } from "node:child_process";
import { cpSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { scratchFolder } from "./support/scratch.ts";

const root = join(import.meta.dirname, "..");
const changesetFiles = (folder: string) =>
  globSync(".changeset/*.md", { cwd: folder }).filter((path) => !path.endsWith("/README.md"));
const manifestFiles = globSync("packages/*/package.json", { cwd: root });

const manifestAt = (folder: string, path: string): { name: string; version: string } =>
  JSON.parse(readFileSync(join(folder, path), "utf8"));
const folderOf = new Map(manifestFiles.map((path) => [manifestAt(root, path).name, dirname(path)]));

/** What changesets reads of a file: the kind of release for each package, and the text. */
function parse(folder: string, path: string) {
  const [, head = "", text = ""] =
    /^---\n([\s\S]*?)---\n([\s\S]*)$/.exec(readFileSync(join(folder, path), "utf8")) ?? [];
  const releases = head
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [, name = line, kind = ""] = /^["']?([^"']+)["']?: (\w+)$/.exec(line) ?? [];
      return { name, kind };
    });
  return { releases, text: text.trim() };
}

/** What `changeset version` reads, as a repository of its own. */
async function copyOfManifests(): Promise<string> {
  const folder = await scratchFolder();
  const changelogs = globSync("packages/*/CHANGELOG.md", { cwd: root });
  const wanted = [
    "package.json",
    "package-lock.json",
    ".changeset",
    ...manifestFiles,
    ...changelogs,
  ];
  for (const path of wanted) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    cpSync(join(root, path), join(folder, path), { recursive: true });
  }
  // One at least: right after a release there is none.
  const one = [...folderOf.keys()].map((name) => `"${name}": patch\n`).join("");
  writeFileSync(join(folder, ".changeset/test.md"), `---\n${one}---\n\nA fix for all.\n`);
  const git = (...args: string[]) => execFileSync("git", args, { cwd: folder, stdio: "pipe" });
  git("init", "--quiet", "--initial-branch=main");
  git("add", ".");
  git("-c", "user.name=test", "-c", "user.email=test@localhost", "commit", "--quiet", "-m", "all");
  return folder;
}

describe("the changesets", () => {
  it.each(changesetFiles(root))(
    "%s names packages of this repository and says what changed",
    (path) => {
      const { releases, text } = parse(root, path);
      const known = [...folderOf.keys()];
      for (const { name, kind } of releases) {
        expect(known, path).toContain(name);
        expect(["patch", "minor", "major"], path).toContain(kind);
      }
      expect(releases.length, path).toBeGreaterThan(0);
      expect(text, path).not.toBe("");
    },
  );

  it("make a release: one version for all, each text in the changelogs of its packages", async () => {
    const folder = await copyOfManifests();
    const wanted = changesetFiles(folder).map((path) => parse(folder, path));
    execFileSync(join(root, "node_modules/.bin/changeset"), ["version"], {
      cwd: folder,
      stdio: "pipe",
    });

    expect(changesetFiles(folder)).toEqual([]);
    const versions = new Set(manifestFiles.map((path) => manifestAt(folder, path).version));
    expect(versions.size).toBe(1);
    const [version = ""] = versions;
    for (const { releases, text } of wanted) {
      const [firstLine = ""] = text.split("\n");
      for (const { name } of releases) {
        const changelog = readFileSync(
          join(folder, folderOf.get(name) ?? "", "CHANGELOG.md"),
          "utf8",
        );
        expect(changelog).toContain(`## ${version}\n`);
        expect(changelog).toContain(firstLine);
      }
    }
  });
});

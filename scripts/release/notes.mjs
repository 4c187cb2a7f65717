import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The section of a version in a changelog that changesets wrote; null when there is none.
 *
 * @param {string} changelog
 * @param {string} version
 */
export function sectionOf(changelog, version) {
  const lines = changelog.split("\n");
  const begin = lines.indexOf(`## ${version}`);
  if (begin === -1) return null;
  const end = lines.findIndex((line, at) => at > begin && line.startsWith("## "));
  return lines
    .slice(begin + 1, end === -1 ? lines.length : end)
    .join("\n")
    .trim();
}

/**
 * What a release says of itself: the sections of its version in the packages' changelogs. In a rehearsal, whose version has no
 * section yet, the changes that wait for one.
 *
 * @param {{ root: string, version: string }} options
 */
export function releaseNotes({ root, version }) {
  const read = (/** @type {string} */ path) => readFileSync(join(root, path), "utf8");
  const sections = ["runtime", "stager", "vscode-ext"].flatMap((name) => {
    const changelog = `packages/${name}/CHANGELOG.md`;
    const section = existsSync(join(root, changelog)) ? sectionOf(read(changelog), version) : null;
    if (section === null) return [];
    return [`## ${JSON.parse(read(`packages/${name}/package.json`)).name}`, section];
  });
  if (sections.length > 0) return `${sections.join("\n\n")}\n`;
  const waiting = globSync(".changeset/*.md", { cwd: root })
    .filter((path) => !path.endsWith("/README.md"))
    .sort()
    .map((path) => `- ${read(path).split("---\n").at(-1)?.trim()}`);
  return `${["## Not released yet", "", ...waiting].join("\n")}\n`;
}

import { execFileSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const manifestAt = (path: string) => JSON.parse(read(path));

/** Where the project lives. The root's manifest says it, everything else repeats it. */
const address: string = manifestAt("package.json").repository.url.replace(/^git\+|\.git$/g, "");

describe("the project's address", () => {
  it.each(globSync("packages/*/package.json", { cwd: root }))("is in %s", (path) => {
    const folder = dirname(path);
    expect(manifestAt(path)).toMatchObject({
      homepage: `${address}/tree/main/${folder}#readme`,
      bugs: `${address}/issues`,
      repository: { type: "git", url: `git+${address}.git`, directory: folder },
      license: manifestAt("package.json").license,
    });
    expect(manifestAt(path).keywords.length).toBeGreaterThan(3);
  });

  it("is the same wherever a file names it", () => {
    const tracked = execFileSync(
      "git",
      ["ls-files", "--cached", "--others", "--exclude-standard"],
      {
        cwd: root,
        encoding: "utf8",
      },
    ).split("\n");
    const texts = tracked.filter((path) => /\.(md|json|ya?ml|ts|mjs|html)$/.test(path));
    const other = texts
      .filter((path) => existsSync(join(root, path)))
      .flatMap((path) =>
        [...read(path).matchAll(/https:\/\/github\.com\/[\w.-]+\/sandboot\b[\w-]*/g)]
          .filter(([url]) => url !== address)
          .map(([url]) => `${path}: ${url}`),
      );
    expect(other).toEqual([]);
    expect(address).toBe("https://github.com/sandboot/sandboot");
  });
});

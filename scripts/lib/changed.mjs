import { execFileSync } from "node:child_process";

/**
 * Which tests a change can affect. By packages and not by imports, because many tests start the built programs, which no
 * test imports: whoever changes a package's sources gets the tests of that package and of those that are built from it.
 *
 * @typedef {{ id: "all" } | { id: "files", files: string[] } | { id: "none" }} Choice
 */

/** What each suite is made of besides its own folder. A path that ends with `/` is a folder. */
const MADE_OF = {
  stager: ["packages/stager/"],
  runtime: ["packages/runtime/", "packages/stager/", "examples/", "docs/"],
  "vscode-ext": ["packages/vscode-ext/", "packages/runtime/", "packages/stager/", "examples/"],
};

/** Whatever is here can change every suite. */
const EVERYWHERE = [
  "package.json",
  "package-lock.json",
  "tsconfig.base.json",
  "turbo.json",
  "scripts/",
  "test/support/",
  "test/fixtures/",
];

/**
 * @param {string} suite name of a package's suite; the repository's own suite is always run
 * @param {readonly string[]} changed paths from the root
 * @returns {Choice} the test files are relative to the package
 */
export function testsFor(suite, changed) {
  const parts = MADE_OF[suite];
  if (parts === undefined) return { id: "all" };
  const within = (path, place) => (place.endsWith("/") ? path.startsWith(place) : path === place);
  const concerning = changed.filter((path) =>
    [...parts, ...EVERYWHERE].some((place) => within(path, place)),
  );
  if (concerning.length === 0) return { id: "none" };
  const own = `packages/${suite}/`;
  const isTestFile = (path) => path.startsWith(`${own}test/`) && path.endsWith(".test.ts");
  const ofOthers = (path) =>
    /^packages\/[^/]+\/test\//.test(path) && !path.startsWith(own) && path.endsWith(".test.ts");
  const mattering = concerning.filter((path) => !ofOthers(path));
  if (mattering.length === 0) return { id: "none" };
  if (!mattering.every(isTestFile)) return { id: "all" };
  return { id: "files", files: mattering.map((path) => path.slice(own.length)) };
}

/**
 * Paths from the root that differ from a revision, and files that git does not know yet.
 *
 * @param {string} root
 * @param {string} revision
 * @throws Error with git's message when there is no such revision
 */
export function changedFiles(root, revision) {
  const git = (/** @type {string[]} */ ...args) =>
    execFileSync("git", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] })
      .split("\0")
      .filter((path) => path !== "");
  return [
    ...git("diff", "--name-only", "--no-renames", "-z", revision, "--"),
    ...git("ls-files", "--others", "--exclude-standard", "-z"),
  ];
}

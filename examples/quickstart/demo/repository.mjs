// Makes the demo's git repositories: a bare origin with a history, and the checkout that an image would carry.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { featureHistory, mainHistory } from "./shop.mjs";

const MAIN = "main";
const FEATURE = "feature/price-rules";

/** How far the checkout is behind `main`, so that a boot has something to fetch. */
const COMMITS_BEHIND = 6;

// Hidden from a plain fetch, like the refs of a forge's pull requests.
const IMAGE_REF = "refs/demo/image";
const FIRST_COMMIT_AT_S = Date.UTC(2026, 0, 5, 9) / 1000;
const BETWEEN_COMMITS_S = 5 * 3600;

// Whatever the user's own git configuration says, the demo comes out the same.
const GIT_ENVIRONMENT = {
  ...process.env,
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_SYSTEM: "/dev/null",
};

/**
 * Makes the bare origin, unless the one that is there has this very history.
 *
 * @param {string} folder
 * @returns {Promise<boolean>} whether it had to be made
 */
export async function ensureOrigin(folder) {
  const history = fastImportStream();
  const version = createHash("sha256").update(history).digest("hex");
  const versionFile = join(folder, "demo-version");
  const found = await readFile(versionFile, "utf8").catch(() => "");
  if (found === version) return false;
  const making = `${folder}.making`;
  await rm(making, { recursive: true, force: true });
  await mkdir(dirname(folder), { recursive: true });
  await git(["init", "--quiet", "--bare", `--initial-branch=${MAIN}`, making]);
  await git(["fast-import", "--quiet", "--done"], { cwd: making, input: history });
  await git(["update-ref", IMAGE_REF, `refs/heads/${MAIN}~${COMMITS_BEHIND}`], { cwd: making });
  await writeFile(join(making, "demo-version"), version);
  await rm(folder, { recursive: true, force: true });
  await rename(making, folder);
  return true;
}

/**
 * Makes the checkout as an image built some commits ago would hold it: on `main`, with only the objects of that time.
 *
 * @param {{ origin: string, folder: string }} options
 * @returns {Promise<number>} how many commits it is behind `main`
 */
export async function resetCheckout({ origin, folder }) {
  await rm(folder, { recursive: true, force: true });
  await git(["init", "--quiet", `--initial-branch=${MAIN}`, folder]);
  await git(["remote", "add", "origin", origin], { cwd: folder });
  await git(["fetch", "--quiet", "origin", `${IMAGE_REF}:refs/remotes/origin/${MAIN}`], {
    cwd: folder,
  });
  await git(["checkout", "--quiet", "-B", MAIN, "--track", `origin/${MAIN}`], { cwd: folder });
  return COMMITS_BEHIND;
}

/** https://git-scm.com/docs/git-fast-import: one process writes the whole history. */
function fastImportStream() {
  const main = mainHistory();
  const feature = featureHistory();
  // The feature branches off two commits before main's end: neither contains the other.
  const forkedAt = main.length - 2;
  const parts = ["feature done\n"];
  for (const [index, commit] of main.entries()) {
    parts.push(
      commitCommand({ commit, branch: MAIN, mark: index + 1, parent: index, order: index }),
    );
  }
  for (const [index, commit] of feature.entries()) {
    const mark = main.length + index + 1;
    const parent = index === 0 ? forkedAt : mark - 1;
    parts.push(commitCommand({ commit, branch: FEATURE, mark, parent, order: forkedAt + index }));
  }
  parts.push("done\n");
  return parts.join("");
}

function commitCommand({ commit, branch, mark, parent, order }) {
  const email = `${commit.author.toLowerCase().replace(" ", ".")}@example.invalid`;
  const when = FIRST_COMMIT_AT_S + order * BETWEEN_COMMITS_S;
  return [
    `commit refs/heads/${branch}\n`,
    `mark :${mark}\n`,
    `author ${commit.author} <${email}> ${when} +0000\n`,
    `committer ${commit.author} <${email}> ${when} +0000\n`,
    dataCommand(commit.message),
    parent > 0 ? `from :${parent}\n` : "",
    ...commit.files.map(
      ({ path, content, mode = "100644" }) => `M ${mode} inline ${path}\n${dataCommand(content)}`,
    ),
    "\n",
  ].join("");
}

function dataCommand(text) {
  return `data ${Buffer.byteLength(text)}\n${text}\n`;
}

/** @param {string[]} args @param {{ cwd?: string, input?: string }} [options] @returns {Promise<string>} */
function git(args, { cwd, input = "" } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn("git", args, {
      env: GIT_ENVIRONMENT,
      stdio: ["pipe", "pipe", "pipe"],
      ...(cwd === undefined ? {} : { cwd }),
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (chunk) => {
      stdout += chunk;
    });
    child.stderr.setEncoding("utf8").on("data", (chunk) => {
      stderr += chunk;
    });
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve(stdout.trim());
      else reject(new Error(`git ${args[0]} ended with exit code ${code}: ${stderr.trim()}`));
    });
    // A git that ends early says why on stderr; the broken pipe adds nothing.
    child.stdin.on("error", () => {});
    child.stdin.end(input);
  });
}

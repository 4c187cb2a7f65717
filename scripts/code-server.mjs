// code-server for the end-to-end tests and for demos, from the npm registry, into .cache/code-server/<version>. Its own
// install script compiles everything and downloads the rest; we compile only what a server needs.
// `node scripts/code-server.mjs` builds it and prints where it is.
import { existsSync } from "node:fs";
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import { nodeBinary, onPath, root, runScript, toolEnvironment } from "./bootstrap.mjs";
import { run } from "./lib/child.mjs";
import { step } from "./lib/progress.mjs";

/** The newest that the registry has, when this line was written; a test tells when it is not any more. */
export const CODE_SERVER_VERSION = "4.139.1";

/** With the oldest VS Code that the panel runs on, as its package.json says. */
export const OLDEST_CODE_SERVER_VERSION = "4.100.0";

// Left out: kerberos, sqlite3 and ssh2's helpers. The server finds them missing and goes on.
const NATIVE_MODULES = [
  "argon2",
  "node-pty",
  "@vscode/spdlog",
  "@vscode/native-watchdog",
  // The name it had in the oldest.
  "native-watchdog",
  "@parcel/watcher",
];

const BUILDING = "building-";

/**
 * Builds code-server once and keeps it. Built beside its place and renamed into it, so a build that was killed leaves
 * no half; what such a build did leave is cleared by the next one.
 *
 * @param {{ version?: string, note?: (how: string) => void }} [options] `note` hears what is being done
 * @returns {Promise<{ bin: string, version: string }>} the script that our Node (24) runs
 * @throws {import("./lib/child.mjs").CommandError} when npm or the compiler fails
 */
export async function ensureCodeServer({ version = CODE_SERVER_VERSION, note = () => {} } = {}) {
  const cache = join(root, ".cache", "code-server");
  const home = join(cache, version);
  const bin = join(home, "node_modules", "code-server", "out", "node", "entry.js");
  if (existsSync(bin)) {
    note("already there");
  } else {
    await make(cache, home, version, note);
  }
  if (version === CODE_SERVER_VERSION) await writeCommand(join(cache, "bin"), bin);
  return { bin, version };
}

/** @param {string} cache @param {string} home @param {string} version @param {(how: string) => void} note */
async function make(cache, home, version, note) {
  await mkdir(cache, { recursive: true });
  await clearDeadBuilds(cache);
  const building = await mkdtemp(join(cache, `${BUILDING}${process.pid}-`));
  try {
    await build(building, version, note);
    await moveIntoPlace(building, home);
  } finally {
    await rm(building, { recursive: true, force: true });
  }
}

/** @param {string} folder @param {string} version @param {(how: string) => void} note */
async function build(folder, version, note) {
  await writeFile(join(folder, "package.json"), '{ "private": true }\n');
  const npm = (/** @type {string[]} */ args, cwd = folder, /** @type {object} */ env = {}) =>
    run("npm", [...args, "--no-audit", "--no-fund", "--loglevel=error"], {
      cwd,
      // It checks for the Node that it was made for, which ours is.
      env: { ...toolEnvironment, ...env },
    });

  note("fetching code-server");
  await npm(["install", "--ignore-scripts", "--no-package-lock", `code-server@${version}`]);
  const vscode = join(folder, "node_modules", "code-server", "lib", "vscode");
  note("fetching VS Code's own dependencies");
  await npm(["install", "--omit=dev", "--ignore-scripts"], vscode);
  await npm(["install", "--omit=dev", "--ignore-scripts"], join(vscode, "extensions"));
  await linkCommands(vscode);

  note("fetching Node's headers");
  const headers = await fetchHeaders(folder, npm);
  note("compiling its native modules");
  // Older node-pty calls `npx node-gyp` after it was compiled, and nobody is there to say yes.
  const compilation = {
    npm_config_nodedir: headers,
    npm_config_jobs: "2",
    npm_config_yes: "true",
  };
  for (const home of [folder, vscode]) {
    const present = NATIVE_MODULES.filter((name) => existsSync(join(home, "node_modules", name)));
    if (present.length > 0) {
      await npm(["rebuild", "--ignore-scripts=false", ...present], home, compilation);
    }
  }
  await requireNativeModules(vscode);
  await linkRipgrep(vscode);
  await rm(join(folder, "headers"), { recursive: true });
}

/** What code-server's own install script does for its `bin` folder. @param {string} vscode */
async function linkCommands(vscode) {
  for (const [folder, source, name] of [
    ["remote-cli", "code-linux.sh", "code-server"],
    ["helpers", "browser-linux.sh", "browser.sh"],
  ]) {
    const target = join(vscode, "bin", folder, name);
    await rm(target, { force: true });
    await symlink(source, target);
  }
}

/**
 * Native modules must be compiled against the headers of the Node that loads them; the registry's package of our own
 * Node has them beside the binary.
 *
 * @param {string} folder
 * @param {(args: string[], cwd: string) => Promise<string>} npm
 * @returns {Promise<string>} the folder that node-gyp calls nodedir
 */
async function fetchHeaders(folder, npm) {
  const version = (await run(nodeBinary, ["--version"])).trim().slice(1);
  const name = `node-${process.platform}-${process.arch}`;
  const place = join(folder, "headers");
  await mkdir(place);
  await writeFile(join(place, "package.json"), '{ "private": true }\n');
  await npm(["install", "--ignore-scripts", "--no-package-lock", `${name}@${version}`], place);
  return join(place, "node_modules", name);
}

/** A module that compiled and does not load would only be seen as a server that never answers. @param {string} vscode */
async function requireNativeModules(vscode) {
  const names = NATIVE_MODULES.filter((name) => existsSync(join(vscode, "node_modules", name)));
  await run(nodeBinary, ["-e", names.map((name) => `require(${JSON.stringify(name)})`).join(";")], {
    cwd: vscode,
  });
}

/** Older packages of ripgrep hold no program but a script that downloads one; Debian's serves. @param {string} vscode */
async function linkRipgrep(vscode) {
  const home = join(vscode, "node_modules", "@vscode", "ripgrep");
  const program = join(home, "bin", "rg");
  if (!existsSync(home) || existsSync(program) || !(await onPath("rg"))) return;
  await mkdir(dirname(program), { recursive: true });
  await symlink((await run("which", ["rg"])).trim(), program);
}

/** @param {string} building @param {string} home */
async function moveIntoPlace(building, home) {
  try {
    await rename(building, home);
  } catch (error) {
    // Another build of the same version was first; one is as good as the other.
    if (!existsSync(join(home, "node_modules", "code-server"))) throw error;
  }
}

/** `code-server` as one program, for configurations. @param {string} folder @param {string} script */
async function writeCommand(folder, script) {
  await mkdir(folder, { recursive: true });
  const making = join(folder, `code-server.${process.pid}`);
  await writeFile(making, `#!/bin/sh\nexec "${nodeBinary}" "${script}" "$@"\n`, { mode: 0o755 });
  await rename(making, join(folder, "code-server"));
}

/** A build that was killed cannot clear up after itself. @param {string} cache */
async function clearDeadBuilds(cache) {
  for (const name of await readdir(cache)) {
    const pid = new RegExp(`^${BUILDING}(\\d+)-`).exec(name)?.[1];
    if (pid !== undefined && !(await isAlive(pid))) {
      await rm(join(cache, name), { recursive: true, force: true });
    }
  }
}

/** @param {string} pid */
async function isAlive(pid) {
  try {
    const command = await readFile(`/proc/${pid}/cmdline`, "utf8");
    return command.includes("node");
  } catch {
    return false;
  }
}

if (process.argv[1] === import.meta.filename) {
  await runScript(async () => {
    const server = await step("code-server", (note) => ensureCodeServer({ note }));
    process.stdout.write(`${server?.bin}\n`);
    return 0;
  });
}

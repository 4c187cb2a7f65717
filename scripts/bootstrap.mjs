// What `npm start`, `npm test` and `npm run bench` begin with. Plain JavaScript for the Node that a machine happens to
// have (20 and later): it installs what is missing, says so, and hands over an environment whose `node` is ours.
import { existsSync, readFileSync } from "node:fs";
import { access, constants, mkdir, rm, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { CommandError, run } from "./lib/child.mjs";
import { isInstalled } from "./lib/lockfile.mjs";
import { linkPrograms } from "./lib/programs.mjs";
import { ALREADY_THERE, dim, red, step } from "./lib/progress.mjs";

/** The repository's root. */
export const root = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");

const binaries = join(root, "node_modules", ".bin");

/** Our own Node, there once {@link ensureDependencies} has ended: the machine's may be older than the code wants. */
export const nodeBinary = join(binaries, "node");

/** The environment of everything after {@link ensureDependencies}: our Node and tools first, turbo quiet. */
export const toolEnvironment = {
  ...process.env,
  PATH: [binaries, process.env.PATH].join(delimiter),
  TURBO_TELEMETRY_DISABLED: "1",
  TURBO_NO_UPDATE_NOTIFIER: "1",
  DO_NOT_TRACK: "1",
};

/**
 * Debian packages by the command that shows they are there.
 *
 * @type {Readonly<Record<string, string>>}
 */
export const testCommands = {
  git: "git",
  "git-lfs": "git-lfs",
  tini: "tini",
  runc: "runc",
  rg: "ripgrep",
  ssh: "openssh-client",
  // An SSH server that starts no service when it is installed.
  dropbear: "dropbear-bin",
  chromium: "chromium",
  Xvfb: "xvfb",
  fluxbox: "fluxbox",
  x11vnc: "x11vnc",
  websockify: "websockify",
  xmessage: "x11-utils",
  "mkfs.btrfs": "btrfs-progs",
  "mkfs.xfs": "xfsprogs",
};

/** `npm ci`, unless node_modules already is what package-lock.json says. */
export function ensureDependencies() {
  return step("dependencies", async (note) => {
    // Written before the install and removed after it, so that one which died is never taken for a whole one.
    const unfinished = join(root, ".cache", "dependencies-unfinished");
    if (!existsSync(unfinished) && dependenciesMatchLock()) return ALREADY_THERE;
    note("npm ci");
    await mkdir(join(root, ".cache"), { recursive: true });
    await writeFile(unfinished, "npm ci began here and has not ended\n");
    // `error`: the machine's own Node may be older than some packages want, but it only runs this script.
    await run("npm", ["ci", "--loglevel=error"], { cwd: root });
    await run(nodeBinary, ["--version"]);
    await rm(unfinished);
    return undefined;
  });
}

function dependenciesMatchLock() {
  const installed = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(installed) || !existsSync(nodeBinary)) return false;
  return isInstalled(packagesOf(join(root, "package-lock.json")), packagesOf(installed));
}

/** @returns {Record<string, import("./lib/lockfile.mjs").LockedPackage>} */
function packagesOf(lockfile) {
  return JSON.parse(readFileSync(lockfile, "utf8")).packages ?? {};
}

/**
 * Installs the Debian packages whose commands are missing; needs root and apt-get.
 *
 * @param {Readonly<Record<string, string>>} packagesByCommand
 * @throws {Error} that names the packages, where they cannot be installed from here
 */
export function ensureDebianPackages(packagesByCommand) {
  return step("system packages", async (note) => {
    const missing = [];
    for (const [command, debianPackage] of Object.entries(packagesByCommand)) {
      if (!(await onPath(command))) missing.push(debianPackage);
    }
    if (missing.length === 0) return ALREADY_THERE;
    const names = missing.join(" ");
    if (process.getuid?.() !== 0 || !(await onPath("apt-get"))) {
      throw new Error(`missing: ${names}. On Debian, as root: apt-get install ${names}`);
    }
    note(`apt-get install ${names}`);
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    await run("apt-get", ["update", "-q"], { env });
    await run("apt-get", ["install", "-q", "-y", "--no-install-recommends", ...missing], { env });
    return undefined;
  });
}

/** Looks where administrators' tools lie as well: a user's PATH often leaves those folders out. */
export async function onPath(command) {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  for (const folder of folders) {
    try {
      await access(join(folder, command), constants.X_OK);
      return true;
    } catch {
      // Not in this folder.
    }
  }
  return false;
}

/** `turbo run build`, silent but for what fails; then `npx sandboot` and `npx sandboot-stage` work. */
export function buildPackages() {
  return step("build", async (note) => {
    const output = await run(
      join(binaries, "turbo"),
      ["run", "build", "--output-logs=errors-only", "--ui=stream"],
      { cwd: root, env: toolEnvironment },
    );
    await linkPrograms(root);
    const cached = /Cached:\s+(\d+) cached, (\d+) total/.exec(output);
    if (cached !== null) note(`${cached[1]} of ${cached[2]} packages from cache`);
  });
}

/**
 * Runs a script's main function; a failed command's own output is the best explanation there is, so it is shown.
 *
 * @param {() => Promise<number>} main resolves to the exit code
 */
export async function runScript(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    const output = error instanceof CommandError ? error.output.trimEnd() : "";
    if (output !== "") process.stderr.write(`\n${output}\n`);
    process.stderr.write(`\n${red("error:")} ${error instanceof Error ? error.message : error}\n`);
    if (error instanceof CommandError) {
      process.stderr.write(
        dim("Mend that and run the same command again; what is done stays done.\n"),
      );
    }
    process.exitCode = 1;
  }
}

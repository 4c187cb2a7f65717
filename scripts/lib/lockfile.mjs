// A lockfile that is whole for every platform, whichever registry wrote it.

/** @typedef {{ version?: string, integrity?: string, link?: boolean, optional?: boolean, devOptional?: boolean, os?: string[], cpu?: string[], libc?: string[], optionalDependencies?: Record<string, string>, [key: string]: unknown }} LockedPackage */

/**
 * Whether what npm installed is what the lock asks for. npm keeps a lockfile of its own inside node_modules, written when
 * an install has ended, so an `npm install` by hand counts as well as ours.
 * https://docs.npmjs.com/cli/v11/configuring-npm/package-lock-json#hidden-lockfiles
 *
 * @param {Record<string, LockedPackage>} wanted `packages` of package-lock.json
 * @param {Record<string, LockedPackage>} installed `packages` of node_modules/.package-lock.json
 */
export function isInstalled(wanted, installed) {
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === "" || entry.link) return true;
    const found = installed[path];
    // Packages of other platforms are in the lock and never installed.
    if (found === undefined) return entry.optional === true || entry.devOptional === true;
    return found.version === entry.version && found.integrity === entry.integrity;
  });
}

/**
 * Optional dependencies of locked packages that the lock itself leaves out. npm omits a platform's binary when the
 * registry in use does not serve it, and `npm ci` then refuses the lock ("Missing: … from lock file").
 *
 * @param {Record<string, LockedPackage>} packages `packages` of a package-lock.json
 * @returns {{ path: string, name: string, version: string }[]} where each belongs in the lock
 */
export function missingOptionalPackages(packages) {
  const missing = new Map();
  for (const [path, { optionalDependencies = {} }] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      if (resolve(packages, path, name) !== undefined) continue;
      // Beside the package that wants it: where npm puts what two versions of a package need apart.
      const place = `${path.slice(0, path.lastIndexOf("node_modules/"))}node_modules/${name}`;
      missing.set(place, { path: place, name, version });
    }
  }
  return [...missing.values()];
}

/** Node's own search, from a package's folder upwards. */
function resolve(packages, from, name) {
  for (let folder = from; ; folder = folder.slice(0, folder.lastIndexOf("/node_modules/"))) {
    const place = `${folder === "" ? "" : `${folder}/`}node_modules/${name}`;
    if (packages[place] !== undefined) return place;
    if (!folder.includes("/node_modules/")) break;
  }
  const top = `node_modules/${name}`;
  return packages[top] === undefined ? undefined : top;
}

const OPERATING_SYSTEMS = ["android", "darwin", "freebsd", "linux", "openharmony", "win32"];
const PROCESSORS = ["arm64", "arm", "ia32", "ppc64", "riscv64", "s390x", "x64"];

/**
 * The platform a binary package is for, read from its name, since its own manifest is what the registry does not serve:
 * `@biomejs/cli-linux-x64-musl`, `@turbo/windows-64`.
 *
 * @param {string} name
 * @returns {{ os: string[], cpu: string[], libc?: string[] }}
 * @throws {Error} when the name does not say
 */
export function platformOf(name) {
  const words = name
    .split(/[-/]/)
    .map((word) => (word === "windows" ? "win32" : word === "64" ? "x64" : word));
  const os = OPERATING_SYSTEMS.filter((candidate) => words.includes(candidate));
  const cpu = PROCESSORS.filter((candidate) => words.includes(candidate));
  if (os.length !== 1 || cpu.length !== 1) {
    throw new Error(`${name} does not say which operating system and processor it is for`);
  }
  if (words.includes("musl") || words.includes("musleabihf")) return { os, cpu, libc: ["musl"] };
  if (words.includes("gnu") || words.includes("gnueabihf")) return { os, cpu, libc: ["glibc"] };
  return { os, cpu };
}

/**
 * @param {Record<string, LockedPackage>} packages
 * @returns {Record<string, LockedPackage>} the same with what was missing, in npm's order
 */
export function completePackages(packages) {
  const added = missingOptionalPackages(packages).map(({ path, name, version }) => {
    const { os, cpu, libc } = platformOf(name);
    const entry = { version, cpu, dev: true, ...(libc && { libc }), optional: true, os };
    return /** @type {[string, LockedPackage]} */ ([path, entry]);
  });
  const all = [...Object.entries(packages), ...added];
  return Object.fromEntries(all.sort(([a], [b]) => a.localeCompare(b, "en")));
}

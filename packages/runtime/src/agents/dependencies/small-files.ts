/** The root entry of a lockfile: what is asked for, by name. */
export type LockRoot = Readonly<Record<string, string>>;

/** Tells our lockfile from a repository's. */
export const LOCK_NAME = "linked-by-sandboot";

/**
 * A lockfile that says only what is asked for. OpenCode looks at nothing else, and an npm that somebody runs there finds
 * out the rest by itself.
 */
export function lockText(root: LockRoot): string {
  const packages = { "": { dependencies: root } };
  const lock = { name: LOCK_NAME, lockfileVersion: 3, requires: true, packages };
  return `${JSON.stringify(lock, null, 2)}\n`;
}

/** Tells our .npmrc from a repository's. */
export const NPMRC_HEAD = "# Written by sandboot, out of git's sight.";

/**
 * Where a repository's own lockfile does not name all that OpenCode looks for, OpenCode starts an install at each start,
 * whatever else is there. With these settings the install fails at once, before it changes a file.
 */
export const NPMRC = `${NPMRC_HEAD}
# package-lock.json lacks packages that package.json or OpenCode names. OpenCode would install them at
# each start, and change both files. To let it, delete this file and set agent.workspaceDependencies to "leave".
offline=true
cache=/dev/null/sandboot
`;

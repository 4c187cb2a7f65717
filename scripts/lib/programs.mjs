import { readdirSync, readFileSync } from "node:fs";
import { mkdir, symlink } from "node:fs/promises";
import { dirname, join, relative } from "node:path";

/**
 * Links the programs of the packages into `node_modules/.bin`. `npm ci` links only those that exist, and a clone has none before
 * its first build. Without the link, `npx sandboot` asks npm's registry for a package of that name.
 *
 * @param {string} root - The repository's root.
 */
export async function linkPrograms(root) {
  const packages = join(root, "packages");
  for (const name of readdirSync(packages)) {
    const manifest = JSON.parse(readFileSync(join(packages, name, "package.json"), "utf8"));
    for (const [program, file] of Object.entries(manifest.bin ?? {})) {
      await link(join(packages, name, file), join(root, "node_modules", ".bin", program));
    }
  }
}

/**
 * @param {string} target
 * @param {string} path
 */
async function link(target, path) {
  await mkdir(dirname(path), { recursive: true });
  await symlink(relative(dirname(path), target), path).catch((error) => {
    if (error.code !== "EEXIST") throw error;
  });
}

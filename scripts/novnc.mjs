// noVNC's page, for machines without Debian's package: unpacked into .cache/novnc, because to install it brings some fifty
// other packages.
import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { root, runScript } from "./bootstrap.mjs";
import { run } from "./lib/child.mjs";
import { assertDebian } from "./lib/later-debian.mjs";
import { step } from "./lib/progress.mjs";

const PAGE = join("usr", "share", "novnc");

/**
 * @returns {Promise<string>} the folder with `vnc.html`
 * @throws {import("./lib/progress.mjs").Unavailable} where there is no Debian package manager
 */
export async function ensureNoVnc() {
  const cache = join(root, ".cache", "novnc");
  const found = [join("/", PAGE), join(cache, PAGE)].find((folder) =>
    existsSync(join(folder, "vnc.html")),
  );
  if (found !== undefined) return found;
  await assertDebian();
  const making = `${cache}.${process.pid}`;
  try {
    await mkdir(making, { recursive: true });
    await run("apt-get", ["download", "-q", "-o", "APT::Sandbox::User=", "novnc"], { cwd: making });
    const [archive = ""] = await readdir(making);
    await run("dpkg-deb", ["-x", archive, "."], { cwd: making });
    await rm(cache, { recursive: true, force: true });
    await rename(making, cache);
  } finally {
    await rm(making, { recursive: true, force: true });
  }
  return join(cache, PAGE);
}

if (process.argv[1] === import.meta.filename) {
  await runScript(async () => {
    process.stdout.write(`${await step("noVNC", () => ensureNoVnc())}\n`);
    return 0;
  });
}

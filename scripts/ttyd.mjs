// ttyd, the web terminal, for a Debian that does not package it: unpacked with its libraries from a later suite into
// .cache/ttyd. Nothing of the system is touched; apt works in folders of its own.
import { existsSync } from "node:fs";
import { chmod, copyFile, mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { onPath, root } from "./bootstrap.mjs";
import { CommandError, run } from "./lib/child.mjs";
import { DEBIAN_KEYRING, debianMirror } from "./lib/debian.mjs";
import { Unavailable } from "./lib/progress.mjs";

// Debian 13 has none: the first suite after it that does.
const SUITES = ["forky", "sid"];

/** Where the cached program is, once {@link ensureTtyd} has put it there. */
export const cachedTtyd = join(root, ".cache", "ttyd", "bin", "ttyd");

/**
 * @returns {Promise<{ path: string, installed: boolean }>} the program, and whether it was fetched just now
 * @throws {Unavailable} where it can be had neither from here nor from Debian
 */
export async function ensureTtyd() {
  if (await onPath("ttyd")) return { path: "ttyd", installed: false };
  if (existsSync(cachedTtyd)) return { path: cachedTtyd, installed: false };
  if (!(await onPath("apt-get")) || !(await onPath("dpkg-deb")) || !existsSync(DEBIAN_KEYRING)) {
    throw new Unavailable("not installed (no Debian package manager here)");
  }
  const cache = join(root, ".cache", "ttyd");
  try {
    await rm(cache, { recursive: true, force: true });
    await fetchPackages(join(cache, "apt"));
    await unpack(join(cache, "apt", "archives"), join(cache, "root"));
    await writeWrapper(cache);
    await rm(join(cache, "apt"), { recursive: true });
    return { path: cachedTtyd, installed: true };
  } catch (error) {
    await rm(cache, { recursive: true, force: true });
    const why = error instanceof CommandError ? lastLine(error.output) : String(error);
    throw new Unavailable(`not installed (${why})`);
  }
}

/** Downloads ttyd and everything it needs down to the C library, as if onto an empty system. */
async function fetchPackages(folder) {
  await mkdir(join(folder, "lists", "partial"), { recursive: true });
  await mkdir(join(folder, "archives", "partial"), { recursive: true });
  await writeFile(join(folder, "status"), "");
  const mirror = await debianMirror();
  const options = Object.entries({
    "Dir::Etc::SourceList": join(folder, "sources.list"),
    "Dir::Etc::SourceParts": "-",
    "Dir::State::Lists": join(folder, "lists"),
    "Dir::State::status": join(folder, "status"),
    "Dir::Cache": folder,
    "Dir::Cache::archives": join(folder, "archives"),
    // Ours alone, so there is nothing to lock and nobody to step down to.
    "Debug::NoLocking": "1",
    "APT::Sandbox::User": "",
  }).flatMap(([key, value]) => ["-o", `${key}=${value}`]);
  const failures = [];
  for (const suite of SUITES) {
    const source = `deb [signed-by=${DEBIAN_KEYRING}] ${mirror} ${suite} main\n`;
    await writeFile(join(folder, "sources.list"), source);
    try {
      await run("apt-get", [...options, "update", "-q"]);
      await run("apt-get", [
        ...options,
        "install",
        "--download-only",
        "--no-install-recommends",
        "-q",
        "-y",
        "ttyd",
      ]);
      return;
    } catch (error) {
      failures.push(error);
    }
  }
  throw failures[0];
}

async function unpack(archives, target) {
  const files = (await readdir(archives)).filter((name) => name.endsWith(".deb"));
  for (const file of files) await run("dpkg-deb", ["-x", join(archives, file), target]);
}

/**
 * ttyd is linked against a newer C library than the system's, so it is started by that library's own loader.
 * libwebsockets looks for its event loop only in the system's folder and in LD_LIBRARY_PATH; that must not name the
 * newer C library, because the shells that ttyd starts inherit it. So it names a folder with that one plugin.
 */
async function writeWrapper(cache) {
  const libraries = `root/usr/lib/${await multiarch()}`;
  const loader = (await readdir(join(cache, libraries))).find((name) =>
    name.startsWith("ld-linux"),
  );
  if (loader === undefined) throw new Error("the C library's package holds no loader");
  const plugin = "libwebsockets-evlib_uv.so";
  await mkdir(join(cache, "plugins"));
  await copyFile(join(cache, libraries, plugin), join(cache, "plugins", plugin));
  await mkdir(join(cache, "bin"));
  const making = `${cachedTtyd}.making`;
  await writeFile(
    making,
    [
      "#!/bin/sh",
      `cache=$(dirname "$(dirname "$(readlink -f "$0")")")`,
      `libraries=$cache/${libraries}`,
      `LD_LIBRARY_PATH=$cache/plugins exec "$libraries/${loader}" --library-path "$libraries" \\`,
      `  "$cache/root/usr/bin/ttyd" "$@"`,
      "",
    ].join("\n"),
  );
  await chmod(making, 0o755);
  await run(making, ["--version"]);
  await rename(making, cachedTtyd);
}

async function multiarch() {
  const architecture = await run("dpkg", ["--print-architecture"]);
  return architecture.trim() === "arm64" ? "aarch64-linux-gnu" : "x86_64-linux-gnu";
}

function lastLine(output) {
  return (
    output
      .trimEnd()
      .split("\n")
      .at(-1)
      ?.replace(/\w+:\/\/\S+/g, "…") ?? "no reason given"
  );
}

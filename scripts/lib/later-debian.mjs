// Programs of a later Debian than this one: unpacked with their libraries, C library included. Nothing of the system is
// touched; apt works in folders of its own.
import { existsSync } from "node:fs";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { onPath } from "../bootstrap.mjs";
import { run } from "./child.mjs";
import { DEBIAN_KEYRING, debianMirror } from "./debian.mjs";
import { Unavailable } from "./progress.mjs";

// The first suites after Debian 13.
const SUITES = ["forky", "sid"];

/** @throws {Unavailable} where there is no apt with Debian's keys */
export async function assertDebian() {
  const tools = await Promise.all(["apt-get", "dpkg-deb"].map(onPath));
  if (tools.every(Boolean) && existsSync(DEBIAN_KEYRING)) return;
  throw new Unavailable("not installed (no Debian package manager here)");
}

/**
 * Downloads packages and everything they need down to the C library, as if onto an empty system, and unpacks them.
 *
 * @param {{ names: readonly string[], apt: string, target: string }} what `apt`: a folder for its lists and archives
 */
export async function unpackLater({ names, apt, target }) {
  await mkdir(join(apt, "lists", "partial"), { recursive: true });
  await mkdir(join(apt, "archives", "partial"), { recursive: true });
  await writeFile(join(apt, "status"), "");
  await download(names, apt, await debianMirror());
  const archives = join(apt, "archives");
  const files = (await readdir(archives)).filter((name) => name.endsWith(".deb"));
  for (const file of files) await run("dpkg-deb", ["-x", join(archives, file), target]);
}

/** The folder with the libraries, below a folder of {@link unpackLater}. */
export async function librariesBelow() {
  const architecture = await run("dpkg", ["--print-architecture"]);
  const name = architecture.trim() === "arm64" ? "aarch64-linux-gnu" : "x86_64-linux-gnu";
  return join("usr", "lib", name);
}

/** The name of the C library's loader in a folder of libraries: it starts a program with these instead of the system's. */
export async function loaderIn(libraries) {
  const loader = (await readdir(libraries)).find((name) => name.startsWith("ld-linux"));
  if (loader === undefined) throw new Error("the C library's package holds no loader");
  return loader;
}

async function download(names, apt, mirror) {
  const options = Object.entries({
    "Dir::Etc::SourceList": join(apt, "sources.list"),
    "Dir::Etc::SourceParts": "-",
    "Dir::State::Lists": join(apt, "lists"),
    "Dir::State::status": join(apt, "status"),
    "Dir::Cache": apt,
    "Dir::Cache::archives": join(apt, "archives"),
    // Ours alone, so there is nothing to lock and nobody to step down to.
    "Debug::NoLocking": "1",
    "APT::Sandbox::User": "",
  }).flatMap(([key, value]) => ["-o", `${key}=${value}`]);
  const install = ["install", "--download-only", "--no-install-recommends", "-q", "-y"];
  const failures = [];
  for (const suite of SUITES) {
    const source = `deb [signed-by=${DEBIAN_KEYRING}] ${mirror} ${suite} main\n`;
    await writeFile(join(apt, "sources.list"), source);
    try {
      await run("apt-get", [...options, "update", "-q"]);
      await run("apt-get", [...options, ...install, ...names]);
      return;
    } catch (error) {
      failures.push(error);
    }
  }
  throw failures[0];
}

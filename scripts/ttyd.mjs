// ttyd, the web terminal, for a Debian that does not package it: unpacked with its libraries from a later suite into
// .cache/ttyd.
import { existsSync } from "node:fs";
import { chmod, copyFile, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { onPath, root, runScript } from "./bootstrap.mjs";
import { CommandError, run } from "./lib/child.mjs";
import { assertDebian, librariesBelow, loaderIn, unpackLater } from "./lib/later-debian.mjs";
import { step, Unavailable } from "./lib/progress.mjs";

/** Where the cached program is, once {@link ensureTtyd} has put it there. */
export const cachedTtyd = join(root, ".cache", "ttyd", "bin", "ttyd");

/**
 * @returns {Promise<{ path: string, installed: boolean }>} the program, and whether it was fetched just now
 * @throws {Unavailable} where it can be had neither from here nor from Debian
 */
export async function ensureTtyd() {
  if (await onPath("ttyd")) return { path: "ttyd", installed: false };
  if (existsSync(cachedTtyd)) return { path: cachedTtyd, installed: false };
  await assertDebian();
  const cache = join(root, ".cache", "ttyd");
  try {
    await rm(cache, { recursive: true, force: true });
    const apt = join(cache, "apt");
    await unpackLater({ names: ["ttyd"], apt, target: join(cache, "root") });
    await writeWrapper(cache);
    await rm(apt, { recursive: true });
    return { path: cachedTtyd, installed: true };
  } catch (error) {
    await rm(cache, { recursive: true, force: true });
    const why = error instanceof CommandError ? lastLine(error.output) : String(error);
    throw new Unavailable(`not installed (${why})`);
  }
}

/**
 * ttyd is linked against a newer C library than the system's, so it is started by that library's own loader.
 * libwebsockets looks for its event loop only in the system's folder and in LD_LIBRARY_PATH; that must not name the
 * newer C library, because the shells that ttyd starts inherit it. So it names a folder with that one plugin.
 */
async function writeWrapper(cache) {
  const libraries = join("root", await librariesBelow());
  const loader = await loaderIn(join(cache, libraries));
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

function lastLine(output) {
  return (
    output
      .trimEnd()
      .split("\n")
      .at(-1)
      ?.replace(/\w+:\/\/\S+/g, "…") ?? "no reason given"
  );
}

if (process.argv[1] === import.meta.filename) {
  await runScript(async () => {
    const ttyd = await step("ttyd", () => ensureTtyd());
    process.stdout.write(`${ttyd?.path}\n`);
    return 0;
  });
}

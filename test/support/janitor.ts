// Cleans up after a test run, also after one that was killed. Then the tests' own cleanup has not run, and vitest ends only
// its workers, but not the processes that they started.
// usage: node janitor.ts, with the run's folder as the only line of stdin. The run keeps stdin open as long as it lives.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { killEverything } from "./process-table.ts";

const folder = (await text(process.stdin)).trim();
if (folder !== "") {
  await killEverything(folder);
  for (const mount of mountsBelow(folder)) execFileSync("umount", [mount]);
  await rm(folder, { recursive: true, force: true });
}

/** The mounts below a path, newest first, because a newer one may be inside an older one. */
function mountsBelow(path: string): string[] {
  return readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .flatMap((line) => line.split(" ")[1] ?? [])
    .filter((mount) => mount.startsWith(`${path}/`))
    .reverse();
}

// Clears away after a test run, also after one that was killed: then its tests' own cleanup has not happened, and vitest
// ends its workers and nothing of what those have started.
// usage: node janitor.ts, with the run's folder as the only line of stdin, which stays open as long as the run lives
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

/** The last one first: it may stand on another. */
function mountsBelow(path: string): string[] {
  return readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .flatMap((line) => line.split(" ")[1] ?? [])
    .filter((mount) => mount.startsWith(`${path}/`))
    .reverse();
}

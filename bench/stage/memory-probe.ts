// Run in a process of its own: copies a stage and prints by how many bytes the process grew at most.
import { readFileSync } from "node:fs";
import { createStagePool, fingerprint, installStage } from "@sandboot/stager";

const [stageDir = "", targetDir = ""] = process.argv.slice(2);
const { signal } = new AbortController();

/** A line of /proc/self/status, in bytes. */
function status(name: string): number {
  const line = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(
    readFileSync("/proc/self/status", "utf8"),
  );
  return Number(line?.[1]) * 1024;
}

await using pool = createStagePool();
// The threads are there before and after; what they cost is no part of the tree's size.
await Promise.all(
  Array.from({ length: pool.threads }, () => fingerprint({ pool, paths: [], signal })),
);
const before = status("VmRSS");
await installStage({ pool, stageDir, targetDir, env: {}, signal });
process.stdout.write(`${status("VmHWM") - before}\n`);

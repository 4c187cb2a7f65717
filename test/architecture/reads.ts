import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Visitor } from "oxc-parser";
import { parse, type Source } from "./source.ts";

/** What opens a file by its path: it waits at a named pipe. Most take whatever size there is. */
const RAW = new Set([
  "createReadStream",
  "open",
  "openAsBlob",
  "openSync",
  "readFile",
  "readFileSync",
]);

const OPENS_ITSELF = "opens without waiting, as small-file.ts does";
const KERNEL = "reads what the kernel writes";
const IMAGE = "runs when an image is built, on the files of whoever builds it";

/** The files that may do so, and why. Everything else reads by small-file.ts (C13). */
const RAW_READERS: Readonly<Record<string, string>> = {
  "packages/runtime/src/base/append-text.ts": OPENS_ITSELF,
  "packages/runtime/src/base/random.ts": "reads random bytes of the kernel",
  "packages/runtime/src/cli/doctor/checks/reaper.ts": KERNEL,
  "packages/runtime/src/cli/doctor/checks/tini.ts": KERNEL,
  "packages/runtime/src/cli/report-file.ts": "opens what it writes to, without waiting",
  "packages/runtime/src/observe/events/event-log.ts": OPENS_ITSELF,
  "packages/runtime/src/process/holder.ts": KERNEL,
  "packages/runtime/src/process/orphans.ts": KERNEL,
  "packages/runtime/src/process/pipes.ts": "opens a pipe, which it has made itself",
  "packages/runtime/src/process/priority.ts": KERNEL,
  "packages/runtime/src/process/process-mark.ts": KERNEL,
  "packages/runtime/src/process/process-row.ts": KERNEL,
  "packages/runtime/src/workspace/git/pipe-watch.ts": "opens pipes to write, without waiting",
  "packages/runtime/src/workspace/git/stale-locks.ts": KERNEL,
  "packages/stager/src/build/ask-agent.ts": IMAGE,
  "packages/stager/src/build/catalogue.ts": IMAGE,
  "packages/stager/src/build/sandbox-askers.ts": IMAGE,
  "packages/stager/src/descriptors.ts": "opens /dev/null",
  "packages/stager/src/held-folder.ts": "opens folders only",
  "packages/stager/src/plan/read.ts": IMAGE,
  "packages/stager/src/read/fingerprint-task.ts": OPENS_ITSELF,
  "packages/stager/src/read/prefetch-task.ts": OPENS_ITSELF,
  "packages/stager/src/small-file.ts": "is what the others use",
  "packages/stager/src/strategies/copy.ts": OPENS_ITSELF,
  "packages/stager/src/tree/hash-task.ts": OPENS_ITSELF,
};

export function readPrograms(root: string): Source[] {
  return globSync("packages/{runtime,stager}/src/**/*.ts", { cwd: root })
    .sort()
    .map((file) => ({ file, text: readFileSync(join(root, file), "utf8") }));
}

/**
 * Imports of raw reads that {@link RAW_READERS} does not allow, and what it allows though nobody does it.
 *
 * @returns One line each.
 */
export function rawReads(
  sources: readonly Source[],
  allowed: Readonly<Record<string, string>> = RAW_READERS,
): string[] {
  const found = sources.flatMap((source) =>
    rawIn(source).map((name) => ({ file: source.file, name })),
  );
  const files = new Set(found.map(({ file }) => file));
  return [
    ...found
      .filter(({ file }) => !(file in allowed))
      .map(({ file, name }) => `${file} imports ${name}: read by small-file.ts`),
    ...Object.keys(allowed)
      .filter((file) => !files.has(file))
      .map((file) => `${file} reads nothing by itself: take it out of the table`),
  ];
}

function rawIn(source: Source): string[] {
  const names: string[] = [];
  new Visitor({
    ImportDeclaration: ({ source: { value }, specifiers }) => {
      if (!/^(?:node:)?fs(?:\/promises)?$/.test(value)) return;
      for (const specifier of specifiers) {
        if (specifier.type !== "ImportSpecifier") names.push("all of node:fs");
        else if (specifier.imported.type === "Identifier" && RAW.has(specifier.imported.name)) {
          names.push(specifier.imported.name);
        }
      }
    },
  }).visit(parse(source));
  return names;
}

/** Folders that Node makes with their parents: that never returns in some places, and names the wrong reason in others. */
export function recursiveFolders(sources: readonly Source[]): string[] {
  return sources
    .filter(
      ({ file, text }) =>
        file.includes("/runtime/") && /\bmkdir(?:Sync)?\([^;]*recursive: true/.test(text),
    )
    .map(({ file }) => `${file} makes folders by itself: use makeFolder`);
}

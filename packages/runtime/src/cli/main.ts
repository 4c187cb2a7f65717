#!/usr/bin/env node
// Imported as a whole: an older Node has no `enableCompileCache` to import by name, and must reach the next lines.
import nodeModule from "node:module";

// An older Node would end with a syntax error in a bundle, which does not say what to do.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 11)) {
  process.stderr.write(`sandboot needs Node 22.11 or later; this is ${process.version}\n`);
  process.exit(2);
}

// This file imports nothing else before: only modules that are loaded after this line come from the cache.
nodeModule.enableCompileCache();

/** What a reader that reads nothing may cost at the end. */
const LAST_WRITE_MS = 10_000;

const args = process.argv.slice(2);
// A reader may leave (`sandboot boot | head`), a log collector may crash. Without a listener, the next write would end this
// process with a stack and leave behind everything that it started.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
// Two bundles (build.mjs): the code that all commands share is split into many small files, and a boot would wait for each.
const { run } =
  args[0] === "boot"
    ? await import("./boot-line.ts")
    : isAskedByGit(args)
      ? await import("./credential-line.ts")
      : await import("./command-line.ts");
process.exitCode = await run(args);
// A daemon that could not be ended may hold a pipe to us open for ever, and Node would wait for it.
if (args[0] === "boot") await exitWhenWritten();

/** As config/credential-helper.ts tells git to ask. */
function isAskedByGit([command, flag, , action, ...others]: readonly string[]): boolean {
  const isAction = action !== undefined && !action.startsWith("-");
  return command === "git-credential" && flag === "--socket" && isAction && others.length === 0;
}

/** Ends this process when its output is written, or its readers have had their time. */
async function exitWhenWritten(): Promise<never> {
  const written = [process.stdout, process.stderr].map(
    (stream) => new Promise<void>((resolve) => stream.write("", () => resolve())),
  );
  const late = new Promise<void>((resolve) => setTimeout(resolve, LAST_WRITE_MS));
  await Promise.race([Promise.all(written), late]);
  process.exit();
}

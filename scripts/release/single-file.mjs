// `sandboot` as one file, sandboot.mjs, with the code of its worker threads, and of the program before an agent that speaks ACP,
// beside it: two downloads, and a Node 22 runs it.
import { chmod, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import { nodeBundle } from "../bundle.mjs";
import { NOTICES, writeNotices } from "../lib/notices.mjs";

const WORKER = "sandboot-worker.mjs";

const piscinaWorker = join(dirname(createRequire(import.meta.url).resolve("piscina")), "worker.js");

/**
 * piscina starts its own half of a thread by path, and that half loads ours. In one file they are both.
 *
 * @type {import("esbuild").Plugin}
 */
const oneWorker = {
  name: "one-worker",
  setup: (plugin) =>
    plugin.onLoad({ filter: /\/piscina\/dist\/index\.js$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      const parts = source.split("'worker.js'");
      if (parts.length !== 2) throw new Error(`${path} names its worker ${parts.length - 1} times`);
      return { contents: parts.join(JSON.stringify(WORKER)) };
    }),
};

/**
 * @param {{ root: string, folder: string, version: string }} options `root`: the repository; `folder`: where the files go
 * @returns {Promise<string[]>} their names
 */
export async function buildSingleFile({ root, folder, version }) {
  const {
    entryPoints = {},
    outdir = folder,
    ...shared
  } = nodeBundle({
    entryPoints: { sandboot: "packages/runtime/src/cli/main.ts" },
    outdir: folder,
  });
  /** @type {import("esbuild").BuildOptions} */
  const common = {
    ...shared,
    absWorkingDir: root,
    splitting: false,
    sourcemap: false,
    minify: true,
    // An error that nobody caught shows the line where it was thrown.
    lineLimit: 120,
    legalComments: "eof",
    metafile: true,
    outExtension: { ".js": ".mjs" },
    define: {
      SANDBOOT_VERSION: JSON.stringify(version),
      SANDBOOT_WORKER: JSON.stringify(WORKER),
    },
    plugins: [oneWorker],
  };
  const program = await build({ ...common, entryPoints, outdir });
  const worker = await build({
    ...common,
    outfile: join(folder, WORKER),
    stdin: {
      contents: [
        'import { isMainThread } from "node:worker_threads";',
        'export * from "./packages/stager/src/worker.ts";',
        'if (isMainThread) await import("./packages/runtime/src/acp-server/main.ts");',
        // By path, because the package does not export it.
        `else await import(${JSON.stringify(piscinaWorker)});`,
      ].join(""),
      resolveDir: root,
      sourcefile: WORKER,
    },
  });
  await chmod(join(folder, "sandboot.mjs"), 0o755);
  const metafiles = [program, worker].flatMap(({ metafile }) => metafile ?? []);
  await writeNotices(folder, metafiles);
  return ["sandboot.mjs", WORKER, NOTICES];
}

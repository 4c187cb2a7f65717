// Shared by every package's build.mjs: one place for how we bundle.
import { chmod, readFile, rm } from "node:fs/promises";
import { build, context } from "esbuild";

/**
 * Options for self-contained ESM for Node ≥ 22, so that a `dist/` folder can be copied into an image without node_modules.
 * Bundled CommonJS dependencies still call `require` and `__dirname`; the banner gives them both.
 *
 * @param {{ entryPoints: Record<string, string>, outdir: string }} options
 * @returns {import("esbuild").BuildOptions}
 */
export function nodeBundle({ entryPoints, outdir }) {
  return {
    entryPoints,
    outdir,
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    target: "node22",
    conditions: ["sandboot:source"],
    // ESM first: the UMD build of jsonc-parser hides its requires from the bundler.
    mainFields: ["module", "main"],
    sourcemap: true,
    sourcesContent: false,
    minifySyntax: true,
    logLevel: "warning",
    chunkNames: "chunk-[name]-[hash]",
    // Optional native helpers of piscina and friends: absent is fine, they are looked up inside a try.
    external: ["@napi-rs/nice"],
    banner: {
      js: [
        "import { createRequire as __createRequire } from 'node:module';",
        "import { dirname as __pathDirname } from 'node:path';",
        "const require = __createRequire(import.meta.url);",
        "const __dirname = __pathDirname(import.meta.filename);",
      ].join(""),
    },
  };
}

/**
 * Builds a package's `dist/`, in the working folder; with `--watch` at every change.
 *
 * @param {{
 *   entryPoints: Record<string, string>,
 *   executables?: string[],
 *   clean?: boolean,
 *   define?: Record<string, string>,
 *   apart?: Record<string, string>,
 * }} options `clean`: empty `dist` first; `apart`: imports that are another call's bundle, and where that lies in `dist`
 */
export async function bundleNode({
  entryPoints,
  executables = [],
  clean = true,
  define = {},
  apart = {},
}) {
  const { version } = JSON.parse(await readFile("package.json", "utf8"));
  /** @type {import("esbuild").BuildOptions} */
  const options = {
    ...nodeBundle({ entryPoints, outdir: "dist" }),
    define: { SANDBOOT_VERSION: JSON.stringify(version), ...define },
    plugins: [
      {
        name: "apart",
        setup: (plugin) =>
          plugin.onResolve({ filter: /^\./, namespace: "file" }, ({ path }) =>
            apart[path] === undefined ? undefined : { path: apart[path], external: true },
          ),
      },
      {
        name: "executables",
        setup: (plugin) =>
          plugin.onEnd(async () => {
            await Promise.all(executables.map((file) => chmod(file, 0o755)));
          }),
      },
    ],
  };
  if (process.argv.includes("--watch")) {
    const watcher = await context(options);
    await watcher.watch();
  } else {
    if (clean) await rm("dist", { recursive: true, force: true });
    await build(options);
  }
}

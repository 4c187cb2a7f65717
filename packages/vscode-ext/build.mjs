// Builds dist/extension.cjs, dist/waterfall.{js,css} and sandboot-vscode.vsix. With --watch: all but the VSIX, on every change.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { build, context } from "esbuild";
import { writeNotices } from "../../scripts/lib/notices.mjs";

/** An editor reads the whole bundle before the first line runs. A page is loaded again for every tab. */
const MAX_BYTES = { extension: 150 * 1024, page: 40 * 1024 };

/** @type {import("esbuild").BuildOptions} */
const common = {
  bundle: true,
  minify: true,
  sourcemap: false,
  legalComments: "none",
  logLevel: "warning",
  conditions: ["sandboot:source"],
};

/**
 * Declares that the protocol's files have no side effects, so that esbuild leaves out what is not used: the schemas, and
 * with them zod. The panel validates nothing, because it reads the state of its own runtime.
 *
 * @type {import("esbuild").Plugin}
 */
const pureProtocol = {
  name: "pure-protocol",
  setup: (plugin) =>
    plugin.onResolve({ filter: /^\.\.?\/[\w-]+\.ts$/ }, ({ path, resolveDir }) =>
      /\/runtime\/src\/protocol(\/client|\/derive)?$/.test(resolveDir)
        ? { path: join(resolveDir, path), sideEffects: false }
        : undefined,
    ),
};

/** @type {import("esbuild").BuildOptions} */
const extension = {
  ...common,
  entryPoints: { extension: "src/extension.ts" },
  outdir: "dist",
  outExtension: { ".js": ".cjs" },
  platform: "node",
  format: "cjs",
  // VS Code 1.100, the oldest that package.json names, runs extensions on Node 20.
  target: "node20",
  external: ["vscode"],
  banner: { js: "const bundleStartedMs = performance.now();" },
  plugins: [pureProtocol],
};

/** @type {import("esbuild").BuildOptions} */
const webview = {
  ...common,
  entryPoints: { waterfall: "src/webview/main.ts", "waterfall-style": "src/webview/waterfall.css" },
  outdir: "dist",
  platform: "browser",
  format: "iife",
  target: "es2022",
  plugins: [pureProtocol],
};

/**
 * @param {import("esbuild").Metafile} metafile
 * @param {number} maxBytes of each file
 */
function refuseLargeFiles({ outputs }, maxBytes) {
  for (const [file, { bytes, inputs }] of Object.entries(outputs)) {
    if (bytes <= maxBytes) continue;
    const largest = Object.entries(inputs)
      .sort(([, a], [, b]) => b.bytesInOutput - a.bytesInOutput)
      .slice(0, 5)
      .map(([input, { bytesInOutput }]) => `${input} (${bytesInOutput} bytes)`);
    throw new Error(
      `${file} has ${bytes} bytes, at most ${maxBytes} are allowed; the largest parts are ${largest.join(", ")}`,
    );
  }
}

if (process.argv.includes("--watch")) {
  for (const options of [extension, webview]) await (await context(options)).watch();
} else {
  await rm("dist", { recursive: true, force: true });
  const [inEditor, inPage] = await Promise.all([
    build({ ...extension, metafile: true }),
    build({ ...webview, metafile: true }),
  ]);
  refuseLargeFiles(inEditor.metafile, MAX_BYTES.extension);
  refuseLargeFiles(inPage.metafile, MAX_BYTES.page);
  await writeNotices("dist", [inEditor.metafile, inPage.metafile]);
  const { createVSIX } = await import("@vscode/vsce");
  await createVSIX({
    cwd: process.cwd(),
    packagePath: "sandboot-vscode.vsix",
    dependencies: false,
    allowMissingRepository: true,
    rewriteRelativeLinks: false,
  });
}

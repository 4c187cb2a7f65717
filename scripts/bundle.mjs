// Shared by every package's build.mjs: one place for how we bundle.
import { chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { build, context, transform } from "esbuild";

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
 * piscina reads its version from its manifest. Nothing else of that is worth loading before a boot.
 *
 * @type {import("esbuild").Plugin}
 */
const onlyItsVersion = {
  name: "only-its-version",
  setup: (plugin) =>
    plugin.onLoad({ filter: /\/piscina\/package\.json$/ }, async ({ path }) => {
      const { version } = JSON.parse(await readFile(path, "utf8"));
      return { contents: JSON.stringify({ version }), loader: "json" };
    }),
};

/** `.describe("…")` of a schema, with the space around it. */
const DESCRIPTION = /\s*\.describe\(\s*(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\s*,?\s*\)/g;

/**
 * Leaves out what the schema of the config file says of its keys. `sandboot config schema` shows it, which is another bundle; a boot
 * would load the texts, and make a copy of each schema that has one.
 *
 * @type {import("esbuild").Plugin}
 */
const withoutDescriptions = {
  name: "without-descriptions",
  setup: (plugin) =>
    plugin.onLoad({ filter: /\/src\/config\/[\w-]+\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, "utf8");
      // Lines keep their numbers, for the map.
      const contents = text.replace(DESCRIPTION, (found) => found.replace(/[^\n]/g, ""));
      return { contents, loader: "ts" };
    }),
};

/** The last statement of a CommonJS file, never run: it tells Node's `import` the names of exports. Pieces are only required. */
const NAMES_FOR_IMPORT = /0&&\(module\.exports=\{[^}]*\}\);?(?=\s*$)/;

/**
 * Keeps together what `root` loads. esbuild cuts a chunk at every module that a part which is loaded later shares with it, so each
 * `import()` would cost a start some more small files. Here these parts import `root`, which they find loaded, and share
 * all of it.
 *
 * @param {string} root
 * @returns {import("esbuild").Plugin}
 */
function inOnePiece(root) {
  const whole = resolve(root);
  /** @type {Set<string>} */
  const later = new Set();
  return {
    name: "in-one-piece",
    setup: (plugin) => {
      plugin.onResolve({ filter: /^\.{1,2}\// }, ({ kind, path, resolveDir }) => {
        if (kind === "dynamic-import") later.add(resolve(resolveDir, path));
        return undefined;
      });
      plugin.onLoad({ filter: /\/src\/.*\.ts$/ }, async ({ path }) => {
        if (!later.has(path) || path === whole) return undefined;
        const text = await readFile(path, "utf8");
        return { contents: `${text}\nimport ${JSON.stringify(whole)};\n`, loader: "ts" };
      });
    },
  };
}

/**
 * Makes CommonJS of ESM that was cut into pieces, which esbuild cannot do in one go: for code that somebody waits for.
 * `require` finds a file without a URL and a promise, and takes a built-in module as it is, where an import evaluates
 * every getter of it.
 *
 * @returns {import("esbuild").Plugin}
 */
function asCommonJs() {
  return {
    name: "as-common-js",
    setup: (plugin) => {
      const { outdir = "" } = plugin.initialOptions;
      // The map goes along inside the code, where the second step finds it.
      Object.assign(plugin.initialOptions, { write: false, sourcemap: "inline", banner: {} });
      plugin.onEnd(async ({ outputFiles = [] }) => {
        await mkdir(outdir, { recursive: true });
        await writeFile(join(outdir, "package.json"), '{ "type": "commonjs" }\n');
        const empty = outputFiles.filter(({ text }) => /^\s*(?:\/\/.*\s*)*$/.test(text));
        const isEmpty = (/** @type {string} */ name) =>
          empty.some(({ path }) => basename(path) === name);
        // A file without code takes as long to find as any other.
        const withoutEmpty = (/** @type {string} */ text) =>
          text.replace(/^import "\.\/([^"]+)";$/gm, (all, name) => (isEmpty(name) ? "" : all));
        await Promise.all(
          outputFiles
            .filter((file) => !empty.includes(file))
            .map(async ({ path, text }) => {
              const { code, map } = await transform(withoutEmpty(text), {
                format: "cjs",
                platform: "node",
                target: "node22",
                // So `import()` becomes `require`, too.
                supported: { "dynamic-import": false },
                define: {
                  "import.meta.dirname": "__dirname",
                  "import.meta.filename": "__filename",
                },
                minify: true,
                // An error that nobody caught shows the line where it was thrown.
                lineLimit: 160,
                sourcemap: true,
                sourcesContent: false,
                sourcefile: basename(path),
              });
              const isEntry = !basename(path).startsWith("chunk-");
              const lean = isEntry ? code : code.replace(NAMES_FOR_IMPORT, "");
              await writeFile(path, `${lean}//# sourceMappingURL=${basename(path)}.map\n`);
              await writeFile(`${path}.map`, map);
            }),
        );
      });
    },
  };
}

/**
 * Builds a package's `dist/` or a folder in it, in the working folder; with `--watch` at every change.
 *
 * @param {{
 *   entryPoints: Record<string, string>,
 *   outdir?: string,
 *   commonJs?: boolean,
 *   executables?: string[],
 *   clean?: boolean,
 *   define?: Record<string, string>,
 *   apart?: Record<string, string>,
 *   root?: string,
 * }} options `commonJs`: minified CommonJS; `clean`: empty `outdir` first; `apart`: imports that are another call's bundle, and where that lies in `dist`;
 *   `root`: the module that is loaded in few files, whatever is loaded after it
 * @returns {Promise<import("esbuild").Metafile[]>} what was built; nothing with `--watch`
 */
export async function bundleNode({
  entryPoints,
  outdir = "dist",
  commonJs = false,
  executables = [],
  clean = true,
  define = {},
  apart = {},
  root,
}) {
  const { version } = JSON.parse(await readFile("package.json", "utf8"));
  /** @type {import("esbuild").BuildOptions} */
  const options = {
    ...nodeBundle({ entryPoints, outdir }),
    define: { SANDBOOT_VERSION: JSON.stringify(version), ...define },
    plugins: [
      onlyItsVersion,
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
      ...(root === undefined ? [] : [inOnePiece(root)]),
      ...(commonJs ? [withoutDescriptions, asCommonJs()] : []),
    ],
  };
  if (process.argv.includes("--watch")) {
    const watcher = await context(options);
    await watcher.watch();
    return [];
  }
  if (clean) await rm(outdir, { recursive: true, force: true });
  const { metafile } = await build({ ...options, metafile: true });
  return [metafile];
}

import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import { afterAll } from "vitest";
import { nodeBundle } from "../../../../scripts/bundle.mjs";

const packageDir = join(import.meta.dirname, "../..");
const require = createRequire(import.meta.url);

const made: string[] = [];

// Registered when the module is loaded, because vitest accepts no new hooks within a hook.
afterAll(async () => {
  for (const folder of made) await rm(folder, { recursive: true, force: true });
});

/**
 * Bundles fixtures, as programs in an image are. Then each of hundreds of starts reads one file, and not every source.
 * Removed when the test file ends.
 *
 * @returns The folder. Each fixture is a file in it, with its name and `.js`.
 */
export function bundleFixtures(...names: readonly string[]): Promise<string> {
  const fixture = (name: string) => [name, join(packageDir, "test/fixtures", `${name}.ts`)];
  return bundle(Object.fromEntries(names.map(fixture)));
}

/** Bundles the package from its present sources, because `dist/` may be older. @returns The folder. */
export function bundlePackage(): Promise<string> {
  return bundle({ cli: join(packageDir, "src/cli/main.ts") });
}

async function bundle(entryPoints: Record<string, string>): Promise<string> {
  const outdir = await mkdtemp(join(tmpdir(), "stager-bundle-"));
  made.push(outdir);
  const workers = {
    "stage-worker": join(packageDir, "src/worker.ts"),
    worker: join(dirname(require.resolve("piscina")), "worker.js"),
  };
  await build({
    ...nodeBundle({ entryPoints: { ...entryPoints, ...workers }, outdir }),
    define: { SANDBOOT_VERSION: '"0.0.0-test"' },
    sourcemap: false,
  });
  return outdir;
}

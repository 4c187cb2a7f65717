import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import { afterAll } from "vitest";
import { nodeBundle } from "../../../../scripts/bundle.mjs";

const packageDir = join(import.meta.dirname, "../..");
const require = createRequire(import.meta.url);

/**
 * Bundles fixtures as an image would have them: hundreds of starts are then hundreds of reads of one file and not of
 * every source. Gone when the test file ends.
 *
 * @returns The folder; each fixture lies there by its name, with `.js`.
 */
export async function bundleFixtures(...names: readonly string[]): Promise<string> {
  const outdir = await mkdtemp(join(tmpdir(), "stager-fixtures-"));
  afterAll(() => rm(outdir, { recursive: true, force: true }));
  const fixture = (name: string) => [name, join(packageDir, "test/fixtures", `${name}.ts`)];
  const entryPoints = {
    ...Object.fromEntries(names.map(fixture)),
    "stage-worker": join(packageDir, "src/worker.ts"),
    worker: join(dirname(require.resolve("piscina")), "worker.js"),
  };
  await build({ ...nodeBundle({ entryPoints, outdir }), sourcemap: false });
  return outdir;
}

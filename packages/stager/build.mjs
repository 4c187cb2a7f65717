import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { bundleNode } from "../../scripts/bundle.mjs";
import { writeNotices } from "../../scripts/lib/notices.mjs";

const require = createRequire(import.meta.url);

const built = await bundleNode({
  entryPoints: {
    index: "src/index.ts",
    pool: "src/pool.ts",
    "held-folder": "src/held-folder.ts",
    "make-folder": "src/tree/make-folder.ts",
    "small-file": "src/small-file.ts",
    cli: "src/cli/main.ts",
    "stage-worker": "src/worker.ts",
    // The agent loads this file as a plugin, by its path.
    "catalogue-probe": "src/build/catalogue-probe.ts",
    // piscina starts this file by path, next to wherever its own code was bundled to.
    worker: join(dirname(require.resolve("piscina")), "worker.js"),
  },
  executables: ["dist/cli.js"],
});
await writeNotices("dist", built);

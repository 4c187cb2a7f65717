import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { bundleNode } from "../../scripts/bundle.mjs";

const require = createRequire(import.meta.url);

await bundleNode({
  entryPoints: {
    cli: "src/cli/main.ts",
    protocol: "src/protocol/index.ts",
    client: "src/protocol/client/index.ts",
    "stage-worker": "../stager/src/worker.ts",
    // piscina starts this file by path, next to wherever its own code was bundled to.
    worker: join(dirname(require.resolve("piscina")), "worker.js"),
  },
  executables: ["dist/cli.js"],
  apart: { "./boot-line.ts": "./boot-line.js" },
});
// By itself, so that it is cut into few files: each one costs a boot about half a millisecond.
await bundleNode({ entryPoints: { "boot-line": "src/cli/boot-line.ts" }, clean: false });

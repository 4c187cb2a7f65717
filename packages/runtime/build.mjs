import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { bundleNode } from "../../scripts/bundle.mjs";
import { writeNotices } from "../../scripts/lib/notices.mjs";

const require = createRequire(import.meta.url);

const threads = {
  "stage-worker": "../stager/src/worker.ts",
  // piscina starts this file by path, next to wherever its own code was bundled to.
  worker: join(dirname(require.resolve("piscina")), "worker.js"),
};

const programs = await bundleNode({
  entryPoints: {
    cli: "src/cli/main.ts",
    protocol: "src/protocol/index.ts",
    client: "src/protocol/client/index.ts",
    "acp-server": "src/acp-server/main.ts",
    ...threads,
  },
  executables: ["dist/cli.js"],
  apart: { "./boot-line.ts": "./boot/line.js" },
});
// By itself, so that it is cut into few files; and its threads apart from it, for the same reason.
const boot = { outdir: "dist/boot", commonJs: true, clean: false };
const line = await bundleNode({
  ...boot,
  entryPoints: { line: "src/cli/boot-line.ts" },
  root: "src/cli/commands/boot.ts",
});
const itsThreads = await bundleNode({ ...boot, entryPoints: threads });
await writeNotices("dist", [...programs, ...line, ...itsThreads]);

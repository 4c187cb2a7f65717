// The second half of `npm run image`, with a network of its own that is empty but for loopback: serves a repository as a
// forge would and runs the mounted image by runc, as a sandbox and as a seed of a pool: without privileges, on a root file
// system that it cannot write. Looks at each from outside and inside, stops it, and looks at what is left.
//
// usage: node scripts/image-trial.mjs ROOT CONFIG REMOTE
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runScript } from "./bootstrap.mjs";
import { serveGit } from "./lib/image-trial/forge.mjs";
import { trySandbox } from "./lib/image-trial/sandbox.mjs";
import { trySeed } from "./lib/image-trial/seed.mjs";

await runScript(async () => {
  const [root = "", config = "", remote = ""] = process.argv.slice(2);
  const folder = await mkdtemp(join(tmpdir(), "sandboot-image-"));
  const forge = await serveGit(remote);
  try {
    const image = { root, config: JSON.parse(config), folder };
    const waterfall = await trySandbox(image, remote);
    await trySeed(image);
    process.stdout.write(`\n${waterfall.trimEnd()}\n\n`);
  } finally {
    forge.kill();
    await rm(folder, { recursive: true, force: true });
  }
  return 0;
});

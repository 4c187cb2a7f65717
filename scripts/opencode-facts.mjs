// `npm run facts`: looks whether what docs/opencode-facts.md says of OpenCode is still so, with the OpenCode that is installed here.
// `npm run facts -- NAME…` looks at these only. Exit code 1 when one does not hold. Some need npm's registry.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureDependencies, root, runScript } from "./bootstrap.mjs";
import { dim, green, red } from "./lib/progress.mjs";

await runScript(async () => {
  await ensureDependencies();
  const { facts } = await import("./opencode-facts/facts.mjs");
  const names = process.argv.slice(2);
  const unknown = names.filter((name) => facts[name] === undefined);
  if (unknown.length > 0) {
    throw new Error(
      `no fact is called ${unknown.join(", ")}; there are: ${Object.keys(facts).join(", ")}`,
    );
  }
  let broken = 0;
  for (const name of names.length > 0 ? names : Object.keys(facts)) {
    const folder = await mkdtemp(join(tmpdir(), "opencode-facts-"));
    try {
      const { holds, shown } = await facts[name]({
        folder,
        program: join(root, "node_modules/opencode-linux-x64/bin/opencode"),
        quickstart: join(root, "examples/quickstart"),
      });
      if (!holds) broken += 1;
      process.stdout.write(`${holds ? green("✓") : red("✗")} ${name} ${dim(shown)}\n`);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  return broken === 0 ? 0 : 1;
});

import { NpmRegistry } from "../../../packages/runtime/test/fixtures/npm-registry.ts";
import { fromBuild } from "../contenders/from-build.ts";
import type { BootCase } from "./case.ts";

/** An older plugin and a package that the stage does not have, as repositories with tools declare them. */
const MANIFEST = {
  dependencies: { "@opencode-ai/plugin": "1.0.25", "left-pad": "^1.0.0" },
};

/** What a repository that tracks `.opencode/package.json` costs at its first boot after mode `build`, without a registry. */
export const ownDependencies: BootCase = {
  name: "own-dependencies",
  title:
    "a repository with its own .opencode/package.json, against one without, each at its first boot after mode build",
  contenders: async (workbench) => {
    await using registry = await NpmRegistry.start([{ name: "left-pad", version: "1.3.0" }]);
    const agent = { env: { npm_config_registry: registry.url } };
    const manifest = `${JSON.stringify(MANIFEST, null, 2)}\n`;
    return [
      await fromBuild(workbench, { id: "without", agent, files: {} }),
      await fromBuild(workbench, {
        id: "with",
        agent,
        files: { ".opencode/package.json": manifest },
      }),
    ];
  },
  baseline: "without",
  measured: "with",
  phase: "agent.session",
};

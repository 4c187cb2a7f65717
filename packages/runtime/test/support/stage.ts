import { join } from "node:path";
import { execa } from "execa";
import { nodeUnderTest } from "../../../../test/support/node-under-test.ts";

const root = join(import.meta.dirname, "../../../..");
export const stagerBin = join(root, "packages/stager/dist/cli.js");
const plan = join(root, "examples/quickstart/stage.plan.json");

/** The quickstart's stage. Built once, for all tests of this package. */
export const stageDir = join(import.meta.dirname, "../../.cache/stage");

/** The program in OpenCode's npm package. */
export const openCodeBin = join(root, "node_modules/opencode-linux-x64/bin/opencode");

/** vitest's global set-up: builds the stage, every time, because it takes only seconds. */
export async function setup(): Promise<void> {
  await execa(nodeUnderTest, [stagerBin, "build", "--plan", plan, "--out", stageDir], {
    stdio: "inherit",
  });
}

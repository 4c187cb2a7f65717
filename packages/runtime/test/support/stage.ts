import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { makeStage } from "../../../../examples/quickstart/make-demo.mjs";
import { nodeUnderTest } from "../../../../test/support/node-under-test.ts";

const root = join(import.meta.dirname, "../../../..");
export const stagerBin = join(root, "packages/stager/dist/cli.js");
const cache = join(import.meta.dirname, "../../.cache");

/** The quickstart's stage, for all tests of this package. */
export const stageDir = join(cache, "stage");

/** The program in OpenCode's npm package. */
export const openCodeBin = join(root, "node_modules/opencode-linux-x64/bin/opencode");

/** vitest's global set-up: builds the stage, unless it is there from an earlier run and still the same. */
export async function setup(): Promise<void> {
  await mkdir(cache, { recursive: true });
  await makeStage(cache, nodeUnderTest);
}

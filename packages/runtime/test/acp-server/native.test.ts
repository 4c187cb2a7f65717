import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { nativeEnv } from "../../src/acp-server/native.ts";
import { codex } from "../../src/agents/acp/presets/codex.ts";
import { writeFiles } from "../support/git.ts";
import { scratchFolder } from "../support/scratch.ts";

const machine = process.arch === "x64" ? "x86_64" : "aarch64";
const platform = `node_modules/@openai/codex-linux-${process.arch}`;
const program = `${platform}/vendor/${machine}-unknown-linux-musl/bin/codex`;
const installed = {
  "node_modules/@openai/codex/bin/codex.js": "",
  [`${platform}/package.json`]: "{}",
  [program]: "",
};

/** The variable with Codex's native program, in a folder with these files beside the package for ACP. */
async function codexPath(
  files: Readonly<Record<string, string>>,
  { front = "codex-acp", own = {} }: { readonly front?: string; readonly own?: object } = {},
) {
  const folder = await scratchFolder();
  const file = "node_modules/@agentclientprotocol/codex-acp/dist/index.js";
  await writeFiles(folder, { [file]: "", "node_modules/.bin/other": "", ...files });
  const bin = join(folder, "node_modules/.bin");
  await symlink(join("../..", file), join(bin, "codex-acp"));
  const { native } = codex;
  if (native === null) throw new Error("Codex has no native program");
  const env = nativeEnv(native, front.replace("BIN", bin), { PATH: `/nowhere:${bin}`, ...own });
  return env["CODEX_PATH"]?.replace(`${folder}/`, "");
}

it.each(["codex-acp", "BIN/codex-acp"])(
  "%s: its native program is started by itself",
  async (front) => {
    expect(await codexPath(installed, { front })).toBe(program);
  },
);

it("what the user has set stays, and what is not installed is left to the agent", async () => {
  expect(await codexPath(installed, { own: { CODEX_PATH: "mine" } })).toBeUndefined();
  expect(await codexPath(installed, { front: "not-there" })).toBeUndefined();
  expect(await codexPath({})).toBeUndefined();
  const { [program]: _, ...incomplete } = installed;
  expect(await codexPath(incomplete)).toBeUndefined();
});

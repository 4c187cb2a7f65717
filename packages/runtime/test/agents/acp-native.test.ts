import { symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { acpDriver } from "../../src/agents/acp.ts";
import { agentPathsOf } from "../../src/agents/paths.ts";
import { loadConfig } from "../../src/config/load.ts";
import { writeFiles } from "../support/git.ts";
import { scratchFolder } from "../support/scratch.ts";

const machine = process.arch === "x64" ? "x86_64" : "aarch64";
const package_ = `node_modules/@openai/codex-linux-${process.arch}`;
const native = `${package_}/vendor/${machine}-unknown-linux-musl/bin/codex`;

/** The variable with Codex's native program, of a config in a folder with these files beside the package for ACP. */
async function codexPath(
  files: Readonly<Record<string, string>>,
  agent: Readonly<Record<string, unknown>> = {},
) {
  const cwd = await scratchFolder();
  const front = "node_modules/@agentclientprotocol/codex-acp/dist/index.js";
  await writeFiles(cwd, { [front]: "", "node_modules/.bin/other": "", ...files });
  const program = join(cwd, "node_modules/.bin/codex-acp");
  await symlink(join("../..", front), program);
  const content = { agent: { kind: "acp", preset: "codex", command: [program], ...agent } };
  await writeFile(join(cwd, "sandboot.json"), JSON.stringify(content));
  const env = { PATH: join(cwd, "node_modules/.bin") };
  const config = await loadConfig({ cwd, env, mode: "fresh" });
  const path = acpDriver(config).command(agentPathsOf(config), 4096).env["CODEX_PATH"];
  return path?.replace(`${cwd}/`, "");
}

const installed = {
  "node_modules/@openai/codex/bin/codex.js": "",
  [`${package_}/package.json`]: "{}",
  [native]: "",
};

it("Codex's native program is started without the script of its npm package", async () => {
  expect(await codexPath(installed)).toBe(native);
  expect(await codexPath(installed, { command: undefined })).toBe(native);
});

it("a variable of the user's own wins, and a package that is not there is left to the agent", async () => {
  expect(await codexPath(installed, { env: { CODEX_PATH: "mine" } })).toBe("mine");
  expect(await codexPath({ ...installed, [native]: "" }, { command: ["other"] })).toBe(native);
  const { [native]: _, ...incomplete } = installed;
  expect(await codexPath(incomplete)).toBeUndefined();
  expect(await codexPath({})).toBeUndefined();
  expect(await codexPath(installed, { command: ["not-there"] })).toBeUndefined();
});

import { expect, it, onTestFinished } from "vitest";
import { NpmRegistry } from "../fixtures/npm-registry.ts";
import { git } from "../support/git.ts";
import { Sandbox } from "../support/sandbox.ts";

/** What many repositories track: an older plugin, a package that no stage has, and a tool that imports both. */
const FILES = {
  ".opencode/package.json": JSON.stringify({
    dependencies: { "@opencode-ai/plugin": "1.0.25", "left-pad": "^1.0.0" },
  }),
  ".opencode/tool/own.ts": `import { tool } from "@opencode-ai/plugin";
import leftPad from "left-pad";
export default tool({ description: leftPad, args: {}, async execute() { return "done"; } });
`,
};

it("an image with a repository that has its own packages: built with a slow registry, booted with a silent one", async () => {
  const registry = await NpmRegistry.start([{ name: "left-pad", version: "1.3.0" }]);
  onTestFinished(() => registry[Symbol.asyncDispose]());
  registry.behaviour = { id: "late", delayMs: 300 };
  const sandbox = await Sandbox.create({
    checkout: false,
    files: FILES,
    agent: { env: { npm_config_registry: registry.url } },
  });
  const build = await sandbox.boot({ args: ["--mode", "build"] });
  expect((await build.ended()).exitCode).toBe(0);
  expect(registry.requests).toContain("/left-pad");

  registry.behaviour = { id: "black-hole" };
  registry.requests.length = 0;
  const boot = await sandbox.boot();
  await boot.until("boot.ready");
  const tools = await sandbox.askAgent("/experimental/tool/ids");
  expect(JSON.parse(tools.body)).toContain("own");
  expect(await git(sandbox.repository, "status", "--porcelain")).toBe("");
  boot.signal("SIGTERM");
  expect((await boot.ended()).exitCode).toBe(0);
  expect((await boot.report()).warnings).toEqual([]);
  expect(registry.requests).toEqual([]);
});

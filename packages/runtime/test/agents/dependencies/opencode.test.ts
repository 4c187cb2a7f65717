import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { processClock } from "../../../src/base/clock.ts";
import { NO_GRACE } from "../../../src/process/grace.ts";
import { ProcessLog } from "../../../src/process/process-log.ts";
import { logThenHttp } from "../../../src/process/readiness/log-then-http.ts";
import { type RunningProcess, spawnProcess } from "../../../src/process/spawn.ts";
import { NpmRegistry } from "../../fixtures/npm-registry.ts";
import { bareEnv } from "../../support/bare-env.ts";
import { type Files, writeFiles } from "../../support/git.ts";
import { freePort } from "../../support/scratch.ts";
import { openCodeBin, stageDir } from "../../support/stage.ts";
import {
  checkoutWith,
  type PackagesBenchOptions,
  packagesBench,
  statusOf,
} from "../../support/workspace-packages.ts";

const PLUGIN = "@opencode-ai/plugin";
const staged = join(stageDir, "files/config");
const manifest = (dependencies: object) => JSON.stringify({ dependencies });
const lockOf = (dependencies: object, packages: object = {}) =>
  JSON.stringify({ lockfileVersion: 3, packages: { "": { dependencies }, ...packages } });

/** A tool whose description tells what it imports. */
const tool = (description: string, imports = "") => `import { tool } from "${PLUGIN}";
${imports}
export default tool({ description: ${description}, args: {}, async execute() { return "done"; } });
`;

/** A plugin that leaves a file beside the workspace when it is loaded. */
const plugin = (name: string) => `import { writeFileSync } from "node:fs";
import type { Plugin } from "${PLUGIN}";
import leftPad from "left-pad";
export const Mark: Plugin = async ({ directory }) => {
  writeFileSync(directory + "/../${name}", String(leftPad));
  return {};
};
`;

/** Every kind of thing that a config folder may hold, with a second dependency and relative imports. */
const EVERYTHING: Files = {
  "package.json": manifest({ [PLUGIN]: "1.0.25", "left-pad": "^1.0.0" }),
  "lib/words.ts": 'export const words = "from a relative import";\n',
  "tool/alone.ts": tool("words", 'import { words } from "../lib/words.ts";'),
  "tools/together.ts": tool("String(leftPad)", 'import leftPad from "left-pad";'),
  "plugin/one.ts": plugin("plugin-one"),
  "plugins/two.ts": plugin("plugin-two"),
  "command/hello.md": "---\ndescription: Says hello\n---\nSay hello\n",
  "agent/reviewer.md": "---\ndescription: Reviews\nmode: subagent\n---\nReview.\n",
  "skill/small/SKILL.md": "---\nname: small\ndescription: A small skill\n---\n# Small\n",
};

/** What a repository tracks in `.opencode`, other than a tool. */
const REPOSITORIES: Readonly<Record<string, Files>> = {
  "nothing else": {},
  "a tool that imports nothing": {
    "tool/own.ts":
      'export default { description: "own", args: {}, async execute() { return "done"; } };\n',
  },
  "an older version of the plugin": { "package.json": manifest({ [PLUGIN]: "1.0.0" }) },
  "a second dependency that the stage has": {
    "package.json": manifest({ [PLUGIN]: "latest", zod: "^4.0.0" }),
  },
  "a lockfile in step": {
    "package.json": manifest({ [PLUGIN]: "1.14.37" }),
    "package-lock.json": lockOf({ [PLUGIN]: "1.14.37" }),
  },
  "a lockfile alone": { "package-lock.json": lockOf({ [PLUGIN]: "1.14.37" }) },
  "a lockfile that is out of step": {
    "package.json": manifest({ zod: "4.1.8" }),
    "package-lock.json": lockOf({ zod: "4.1.8" }),
  },
  "a node_modules without the plugin": {
    "package.json": manifest({ mine: "1.0.0" }),
    "node_modules/mine/package.json": JSON.stringify({ name: "mine", version: "1.0.0" }),
  },
};

describe("real OpenCode with the packages of a repository", () => {
  let agent: RunningProcess;
  let registry: NpmRegistry;
  let url: string;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "agent-"));
    registry = await NpmRegistry.start([]);
    registry.behaviour = { id: "black-hole" };
    const home = join(folder, "home");
    const config = join(home, ".config/opencode");
    await mkdir(config, { recursive: true });
    for (const name of await readdir(staged)) await symlink(join(staged, name), join(config, name));
    const neutral = join(folder, "neutral");
    await mkdir(neutral);
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    agent = spawnProcess({
      command: openCodeBin,
      args: ["serve", "--hostname", "127.0.0.1", "--port", String(port)],
      cwd: neutral,
      env: {
        ...bareEnv(),
        HOME: home,
        OPENCODE_DISABLE_MODELS_FETCH: "1",
        OPENCODE_DISABLE_AUTOUPDATE: "1",
        npm_config_registry: registry.url,
      },
      log: new ProcessLog({ clock: processClock }),
    });
    const probe = logThenHttp({
      host: "127.0.0.1",
      port,
      path: "/global/health",
      pattern: /opencode server listening on (?<url>https?:\/\/\S+)/,
      patienceMs: 60_000,
    });
    await probe.wait(agent, new AbortController().signal);
  });

  afterAll(async () => {
    await agent.terminate(NO_GRACE);
    await registry[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  async function ask(workspace: string, method: string, path: string): Promise<unknown> {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        "x-opencode-directory": encodeURIComponent(workspace),
        "content-type": "application/json",
      },
      ...(method === "POST" && { body: "{}" }),
    });
    return response.json();
  }

  const tools = (workspace: string) => ask(workspace, "GET", "/experimental/tool/ids");
  const namesAt = async (workspace: string, path: string) =>
    ((await ask(workspace, "GET", path)) as { name: string }[]).map(({ name }) => name);

  /** All of them have the one copy of the stage's tree, as the workspaces of one sandbox do. */
  async function newBench(options: PackagesBenchOptions = {}) {
    const bench = await packagesBench({ ...options, staged });
    const { folder: scratch, made, context, inSpareTime } = bench;
    const packages = made({ privateDir: join(folder, "private") });
    return {
      scratch,
      link: (workspace: string) => packages.link(workspace, context),
      complete: () => packages.complete(context, inSpareTime),
    };
  }

  it("loads tools, plugins, commands, agents and skills that need a second package, and sees later edits", async () => {
    const { scratch, link, complete } = await newBench({
      published: [{ name: "left-pad", version: "1.3.0" }],
    });
    const workspace = await checkoutWith(scratch, EVERYTHING);
    expect(await link(workspace)).toMatchObject({ result: "linked", missing: [] });

    expect(await ask(workspace, "POST", "/session")).toMatchObject({ id: expect.any(String) });
    expect(await tools(workspace)).toEqual(expect.arrayContaining(["alone", "together"]));
    expect(await namesAt(workspace, "/command")).toContain("hello");
    expect(await namesAt(workspace, "/agent")).toContain("reviewer");
    expect(await namesAt(workspace, "/skill")).toContain("small");
    const marks = ["plugin-one", "plugin-two"].map((name) => readFile(join(scratch, name), "utf8"));
    expect(await Promise.all(marks)).toEqual(["left-pad@1.3.0", "left-pad@1.3.0"]);
    expect(await statusOf(workspace)).toBe("");

    await complete();
    const later = tool("typeof Effect.succeed", 'import { Effect } from "effect";');
    await writeFiles(workspace, { ".opencode/tool/later.ts": later });
    await ask(workspace, "POST", "/instance/dispose");
    expect(await tools(workspace)).toEqual(expect.arrayContaining(["alone", "later"]));
    expect(await statusOf(workspace)).toBe("?? .opencode/tool/later.ts");
    expect(registry.requests).toEqual([]);
  });

  it("installs nothing and changes no file, whatever the repository tracks", async () => {
    const { scratch, link } = await newBench();
    for (const [what, files] of Object.entries(REPOSITORIES)) {
      const workspace = await checkoutWith(
        scratch,
        { "tool/own.ts": tool('"own"'), ...files },
        what,
      );
      const { result } = await link(workspace);
      expect([what, result]).toEqual([what, "linked"]);
      expect(await ask(workspace, "POST", "/session")).toMatchObject({ id: expect.any(String) });
      expect([what, await tools(workspace)]).toEqual([what, expect.arrayContaining(["own"])]);
      expect([what, await statusOf(workspace)]).toEqual([what, ""]);
    }
    expect(registry.requests).toEqual([]);
  });

  it("without a package that could not be had: the other tools are there, and nothing waits", async () => {
    const { scratch, link } = await newBench();
    const workspace = await checkoutWith(scratch, {
      "package.json": manifest({ [PLUGIN]: "1.0.0", "no-such": "1.0.0" }),
      "tool/own.ts": tool('"own"'),
    });
    expect(await link(workspace)).toMatchObject({ missing: [{ name: "no-such" }] });
    await ask(workspace, "POST", "/session");
    expect(await tools(workspace)).toEqual(expect.arrayContaining(["own"]));
    expect(await statusOf(workspace)).toBe("");
    expect(registry.requests).toEqual([]);
  });

  it("left to itself asks the registry: so these tests would notice an install", async () => {
    const { scratch } = await newBench();
    const workspace = await checkoutWith(scratch, {
      "package.json": manifest({ [PLUGIN]: "1.0.0" }),
      "tool/own.ts": tool('"own"'),
    });
    await ask(workspace, "POST", "/session");
    await expect.poll(() => registry.requests.length).toBeGreaterThan(0);
  });
});

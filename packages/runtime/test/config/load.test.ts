import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { failedWith } from "../../src/base/failed.ts";
import type { Env } from "../../src/config/env.ts";
import { type LoadOptions, loadConfig } from "../../src/config/load.ts";

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "sandboot-config-"));
});
afterEach(() => rm(cwd, { recursive: true }));

async function load(text: string | object | null, env: Env = {}) {
  if (text !== null) {
    const content = typeof text === "string" ? text : JSON.stringify(text);
    await writeFile(join(cwd, "sandboot.jsonc"), content);
  }
  return loadConfig({ cwd, env });
}

async function problems(text: string | object | null, env: Env = {}) {
  try {
    await load(text, env);
  } catch (error) {
    if (failedWith(error, "bad-input")) {
      return error.value.problems.map(({ key, expected, found }) => ({ key, expected, found }));
    }
    throw error;
  }
  return [];
}

describe("loadConfig", () => {
  it("needs no file", async () => {
    const config = await load(null);
    expect(config).toMatchObject({
      file: null,
      mode: "fresh",
      repositories: [],
      stateDir: join(cwd, ".sandboot/state"),
      agentDirectory: join(cwd, "workspace"),
      agent: { port: 4096, start: "speculative" },
      bridge: { host: "127.0.0.1", port: 7680, token: null },
    });
  });

  it("resolves paths from the file's folder and does not change remote URLs", async () => {
    const config = await load({
      workspace: "work",
      stage: { dir: "../stage" },
      agent: { command: ["./bin/opencode", "--flag"] },
      repositories: [
        { name: "local", url: "./origin.git" },
        { name: "far", url: "git@example.org:acme/far.git" },
      ],
    });
    expect(config.stage?.dir).toBe(join(cwd, "../stage"));
    expect(config.agent.command).toEqual([join(cwd, "bin/opencode"), "--flag"]);
    expect(config.repositories).toMatchObject([
      { url: join(cwd, "origin.git"), path: join(cwd, "work/local"), primary: true },
      { url: "git@example.org:acme/far.git", path: join(cwd, "work/far"), primary: false },
    ]);
    expect(config.agentDirectory).toBe(join(cwd, "work"));
  });

  it("names every wrong key, what was expected and what was found", async () => {
    expect(
      await problems({
        agent: { port: "4096", start: "soon" },
        brigde: {},
        hooks: { startSeconds: 0, "setup-seconds": 5, whatever: 1 },
        sidecars: [{ id: "web", comand: ["true"] }],
      }),
    ).toEqual([
      { key: "agent.port", expected: "a number", found: 'a string ("4096")' },
      {
        key: "agent.start",
        expected: 'one of "speculative", "after-hooks"',
        found: 'a string ("soon")',
      },
      { key: "hooks.startSeconds", expected: "above 0", found: "a number (0)" },
      {
        key: "hooks.setup-seconds",
        expected: 'no such key; did you mean "setupSeconds"? (see docs/config.md)',
        found: "a number (5)",
      },
      {
        key: "hooks.whatever",
        expected: "no such key (see docs/config.md)",
        found: "a number (1)",
      },
      { key: "sidecars.0.command", expected: "a list", found: "nothing" },
      {
        key: "sidecars.0.comand",
        expected: 'no such key; did you mean "command"? (see docs/config.md)',
        found: "a list",
      },
      {
        key: "brigde",
        expected: 'no such key; did you mean "bridge"? (see docs/config.md)',
        found: "an object",
      },
    ]);
  });

  it("says of a value with alternatives what is wrong with the one that was meant", async () => {
    const sidecar = { id: "web", command: ["true"] };
    const found = await problems({
      terminal: { proxyHost: "everywhere" },
      sidecars: [
        { ...sidecar, readiness: { http: 7 } },
        { ...sidecar, readiness: { htp: "/" } },
        { ...sidecar, restart: "allways" },
        { ...sidecar, restart: { when: "always", maxx: 3 } },
      ],
    });
    expect(found.map(({ key, expected }) => `${key}: ${expected}`)).toEqual([
      "terminal.proxyHost: ipv4 or ipv6",
      "sidecars.0.readiness.http: a string",
      "sidecars.1.readiness: one of the keys logLine, http, tcp, file, socket, exec",
      'sidecars.2.restart: one of "always", "on-failure", "never" or an object',
      'sidecars.3.restart.maxx: no such key; did you mean "max"? (see docs/config.md)',
    ]);
  });

  it("warns of an empty sandbox where neither a file nor the environment nor a pool says what to boot", async () => {
    const warningsOf = async (options: Partial<LoadOptions>) =>
      (await loadConfig({ env: {}, cwd, ...options })).warnings;
    expect(await warningsOf({})).toEqual([{ code: "nothing-configured", folder: cwd }]);
    expect(await warningsOf({ env: { REPO_OWNER: "acme", REPO_NAME: "shop" } })).toEqual([]);
    expect(await warningsOf({ mode: "seed" })).toEqual([]);
    await writeFile(join(cwd, "sandboot.json"), "{}");
    expect(await warningsOf({})).toEqual([]);
  });

  it("never shows the value of a secret", async () => {
    const [problem] = await problems({ bridge: { token: 12345678 } });
    expect(problem).toEqual({ key: "bridge.token", expected: "a string", found: "a number" });
  });

  it.each([
    ['{\n  "mode": "fresh",\n  oops\n}', "an unknown word at line 3, column 3"],
    ['{ "mode": "fresh" "sandboxId": "a" }', "no comma at line 1, column 19"],
    ['{ "mode": "fresh }', "a string without an end at line 1, column 11"],
  ])("says what is wrong in %s, and where", async (text, found) => {
    const [first] = await problems(text);
    expect(first).toEqual({ key: "", expected: "JSON with comments", found });
  });

  it("reads the file of the flag, else of SANDBOOT_CONFIG, else in this folder", async () => {
    for (const name of ["sandboot", "named", "flagged"]) {
      await writeFile(join(cwd, `${name}.json`), "{}");
    }
    const named = { cwd, env: { SANDBOOT_CONFIG: join(cwd, "named.json") } };
    expect((await loadConfig({ ...named, file: "flagged.json" })).file).toContain("flagged.json");
    expect((await loadConfig(named)).file).toContain("named.json");
    expect((await loadConfig({ cwd, env: { SANDBOOT_CONFIG: "" } })).file).toContain(
      "sandboot.json",
    );
    const nowhere = loadConfig({ cwd, env: { SANDBOOT_CONFIG: "/nowhere.json" } });
    await expect(nowhere).rejects.toThrow(
      "/nowhere.json: expected a config file, found no such file",
    );
  });

  it("C10: hooks take any time by default, and take turns, run by bash or may fail where the file says so", async () => {
    expect((await load({})).hooks).toMatchObject({
      setupSeconds: null,
      startSeconds: null,
      order: "parallel",
      shell: "auto",
      setupFailure: { fresh: "fatal", build: "fatal", seed: "fatal" },
    });
    const hooks = { order: "sequential", shell: "bash", setupFailure: { fresh: "warn" } };
    expect((await load({ hooks })).hooks).toMatchObject({
      ...hooks,
      setupFailure: { fresh: "warn", build: "fatal", seed: "fatal" },
    });
  });

  it("adds env to everybody's environment, and git.depth to repositories without a depth", async () => {
    const repositories = [
      { name: "deep", url: "https://example.org/deep.git", depth: 7 },
      { name: "web", url: "https://example.org/web.git" },
    ];
    const file = { env: { DISPLAY: ":1", WHO: "{env:USER}" }, git: { depth: 100 }, repositories };
    const config = await load(file, { DISPLAY: ":0", USER: "ada" });
    expect(config.env).toEqual({ DISPLAY: ":1", USER: "ada", WHO: "ada" });
    expect(config.repositories).toMatchObject([{ depth: 7 }, { depth: 100 }]);
  });

  it("takes the platform from SANDBOOT_PLATFORM, else from the file, and knows its name", async () => {
    expect(await load({})).toMatchObject({ platform: "generic" });
    const wrong = { key: "platform", expected: expect.stringMatching(/^one of generic/) };
    expect(await problems({ platform: "nowhere" })).toMatchObject([wrong]);
    expect(await problems({ platform: 4 })).toMatchObject([
      wrong,
      { key: "platform", expected: "a string" },
    ]);
    expect(await load({ platform: "nowhere" }, { SANDBOOT_PLATFORM: "generic" })).toMatchObject({
      platform: "generic",
      fromEnvironment: ["SANDBOOT_PLATFORM"],
    });
    expect(await problems({}, { SANDBOOT_PLATFORM: "toString" })).toMatchObject([
      { key: "SANDBOOT_PLATFORM", found: 'a string ("toString")' },
    ]);
  });

  it("names a file that does not exist", async () => {
    const error = await loadConfig({ cwd, env: {}, file: "nowhere.json" }).catch((e) => e);
    expect(error.message).toBe(
      `${join(cwd, "nowhere.json")}: expected a config file, found no such file`,
    );
  });

  it("overrides the file by the variables that sandbox images already use", async () => {
    const config = await load(
      { mode: "fresh", repositories: [{ name: "old", url: "https://example.org/old.git" }] },
      {
        FROM_REPO_IMAGE: "true",
        REPO_OWNER: "acme",
        REPO_NAME: "web",
        VCS_HOST: "git.example.org",
        SESSION_CONFIG: '{"branch":"feature/x","provider":"anthropic","model":"some-model"}',
        SANDBOX_ID: "sb-1",
        SANDBOX_AUTH_TOKEN: "open sesame",
        START_TIMEOUT_SECONDS: "7.5",
        SETUP_TIMEOUT_SECONDS: "90",
      },
    );
    expect(config).toMatchObject({
      mode: "repo_image",
      sandboxId: "sb-1",
      repositories: [
        { name: "web", url: "https://git.example.org/acme/web.git", branch: "feature/x" },
      ],
      hooks: { startSeconds: 7.5, setupSeconds: 90 },
      bridge: { token: "open sesame" },
      agent: { config: { model: "anthropic/some-model" } },
    });
  });

  it("prefers the repositories of a session to REPO_NAME, in their order", async () => {
    const config = await load(null, {
      REPO_OWNER: "acme",
      REPO_NAME: "web",
      VCS_HOST: "git.example.org",
      SESSION_CONFIG: JSON.stringify({
        repositories: [
          { repo_owner: "acme/group", repo_name: "api", branch: "main", base_sha: "123" },
          { repo_owner: "acme", repo_name: "web", branch: null },
        ],
      }),
    });
    expect(config.repositories).toMatchObject([
      { url: "https://git.example.org/acme/group/api.git", branch: "main", primary: true },
      { url: "https://git.example.org/acme/web.git", branch: null, primary: false },
    ]);
  });

  it("gives repositories of the same name one each: a fork has its owner's before it", async () => {
    const repositories = [
      { repo_owner: "acme", repo_name: "api" },
      { repo_owner: "forks", repo_name: "api" },
      { repo_owner: "acme/forks", repo_name: "api" },
    ];
    const config = await load(null, {
      VCS_HOST: "git.example.org",
      SESSION_CONFIG: JSON.stringify({ repositories }),
    });
    expect(config.repositories.map(({ name, url }) => [name, url])).toEqual([
      ["api", "https://git.example.org/acme/api.git"],
      ["forks-api", "https://git.example.org/forks/api.git"],
      ["acme-forks-api", "https://git.example.org/acme/forks/api.git"],
    ]);
  });

  it("names mistakes in a session by key and type, and shows no value", async () => {
    const wrong = await problems(null, {
      SESSION_CONFIG: JSON.stringify({
        branch: "--upload-pack=evil",
        mcp_servers: [{ name: "x", env: { KEY: 12345 } }],
        model: 7,
        repositories: [{ repo_owner: "../..", repo_name: "web" }],
      }),
    });
    expect(wrong.map(({ key, found }) => `${key}: ${found}`)).toEqual([
      "SESSION_CONFIG.branch: a string",
      "SESSION_CONFIG.repositories.0.repo_owner: a string",
      "SESSION_CONFIG.model: a number",
      "SESSION_CONFIG.mcp_servers.0.env.KEY: a number",
    ]);
    expect(
      await problems(null, {
        SESSION_CONFIG: '{"mcp_servers":[{"name":"x"},{"name":"y","type":"remote"}]}',
      }),
    ).toMatchObject([
      { key: "SESSION_CONFIG.mcp_servers.0.command", found: "nothing" },
      { key: "SESSION_CONFIG.mcp_servers.1.url", found: "nothing" },
    ]);
  });

  it("refuses an owner or a name that would change the path of the URL", async () => {
    const env = { REPO_OWNER: "acme/../..", REPO_NAME: "../../etc" };
    expect((await problems(null, env)).map(({ key }) => key)).toEqual(["REPO_OWNER", "REPO_NAME"]);
    const dotted = await load(null, { REPO_OWNER: "acme", REPO_NAME: ".github" });
    expect(dotted.repositories[0]?.path).toBe(join(cwd, "workspace/.github"));
  });

  it("replaces {env:NAME} in agent.auth, and names variables that are missing", async () => {
    const auth = { house: { type: "api", key: "{env:HOUSE_KEY}" } };
    const config = await load({ agent: { auth } }, { HOUSE_KEY: "k" });
    expect(config.agent.auth).toEqual({ house: { type: "api", key: "k" } });
    expect(await problems({ agent: { auth } })).toEqual([
      {
        key: "agent.auth.house.key",
        expected: "a value of HOUSE_KEY in the environment",
        found: "nothing",
      },
    ]);
  });

  it("prefers mode build to the other modes, because a build must never start an agent", async () => {
    const config = await load(null, {
      IMAGE_BUILD_MODE: "1",
      FROM_REPO_IMAGE: "1",
      RESTORED_FROM_SNAPSHOT: "1",
    });
    expect(config.mode).toBe("build");
  });

  it("names an invalid value in the environment", async () => {
    expect(
      await problems(null, {
        FROM_REPO_IMAGE: "maybe",
        SETUP_TIMEOUT_SECONDS: "-1",
        SESSION_CONFIG: "secret stuff",
        REPO_NAME: "web",
      }),
    ).toEqual([
      { key: "FROM_REPO_IMAGE", expected: "true or false", found: 'a string ("maybe")' },
      {
        key: "SESSION_CONFIG",
        expected: "a JSON object",
        found: "text that is not JSON (12 characters, SyntaxError)",
      },
      {
        key: "REPO_OWNER",
        expected: "both REPO_OWNER and REPO_NAME, or neither",
        found: "nothing",
      },
      {
        key: "SETUP_TIMEOUT_SECONDS",
        expected: "a number of seconds above 0",
        found: 'a string ("-1")',
      },
    ]);
  });

  it("refuses values that contradict each other", async () => {
    expect(
      await problems({
        stateDir: "workspace/web/.state",
        repositories: [
          { name: "web", url: "./a.git" },
          { name: "web", url: "./b.git", path: "web2" },
        ],
        agent: { port: 7680 },
      }),
    ).toMatchObject([
      { key: "repositories", found: '"web" twice' },
      { key: "stage.target", expected: "a folder outside every repository" },
      { key: "bridge.port", found: "7680, as agent.port" },
    ]);
  });

  it("allows a bridge beyond loopback only with a token", async () => {
    const open = { bridge: { host: "0.0.0.0" } };
    const [problem] = await problems(open);
    expect(problem).toMatchObject({ key: "bridge.token", found: "nothing" });
    expect(await problems({ bridge: { host: "0.0.0.0", token: "open sesame" } })).toEqual([]);
    expect(await problems({ bridge: { host: "::1" } })).toEqual([]);
    expect(await problems({ bridge: { host: "everywhere" } })).toMatchObject([
      { key: "bridge.host" },
    ]);
  });

  it("takes no broken digest for a token, which everybody could read in the configuration", async () => {
    const digest = `sha256:${"0a".repeat(32)}`;
    const seed = (token: string) => ({
      mode: "seed",
      binding: { enrolmentToken: token },
      status: { port: 7690, metricsToken: token },
    });
    expect(await problems(seed(digest))).toEqual([]);
    expect(await problems(seed("a token"))).toEqual([]);
    for (const broken of [`${digest}\n`, digest.slice(0, -1), "sha256:"]) {
      const found = await problems(seed(broken));
      const keys = ["binding.enrolmentToken", "status.metricsToken"];
      expect(found.map(({ key }) => key)).toEqual(keys);
      expect(JSON.stringify(found)).not.toContain("0a0a");
    }
  });

  it("refuses a branch or a URL that git would take for an option", async () => {
    const wrong = await problems({
      repositories: [{ name: "web", url: "--upload-pack=evil", branch: "-x" }],
    });
    expect(wrong.map(({ key }) => key)).toEqual(["repositories.0.url", "repositories.0.branch"]);
  });

  it.each([
    ["JSON", (json: string) => json],
    ["JSON with a comment", (json: string) => `// a comment\n${json}`],
  ])("%s that is nested 5,000 deep is refused", async (_, write) => {
    const deep = `{"agent":{"config":${'{"a":'.repeat(5_000)}1${"}".repeat(5_000)}}}`;
    const found = await problems(null, { SESSION_CONFIG: deep });
    expect(found).toMatchObject([{ key: "SESSION_CONFIG", found: "deeper JSON" }]);
    const tooDeep = { expected: "JSON that is nested at most 64 deep", found: "deeper JSON" };
    expect(await problems(write(deep))).toMatchObject([tooDeep]);
    expect(await problems(write("[".repeat(300_000)))).toMatchObject([{ key: "" }]);
  });

  it("a zero byte in a text, and a regular expression that is none, are named", async () => {
    const zero = { expected: "text without a zero byte", found: "a string with one" };
    expect(await problems({ workspace: "a\0b", agent: { env: { X: "\0" } } })).toEqual([
      { key: "agent.env.X", ...zero },
      { key: "workspace", ...zero },
    ]);
    const sidecar = { id: "s", command: ["s"], readiness: { logLine: "(" } };
    const [problem] = await problems({ sidecars: [sidecar] });
    expect(problem?.key).toMatch(/^sidecars\.0\.readiness/);
    expect(problem?.expected).toContain("a regular expression");
  });
});

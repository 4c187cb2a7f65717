import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bindConfig, readBinding } from "../../src/config/bind.ts";
import type { Config } from "../../src/config/config.ts";
import { loadConfig } from "../../src/config/load.ts";
import { scratchFolder } from "../support/scratch.ts";

async function seedOf(config: object = {}, env: Record<string, string> = {}): Promise<Config> {
  const folder = await scratchFolder();
  const file = join(folder, "sandboot.json");
  await writeFile(file, JSON.stringify({ mode: "seed", ...config }));
  return await loadConfig({ file, env, cwd: folder });
}

/** The configuration that a document makes of a seed. */
async function bind(seed: Config, document: object): Promise<Config> {
  const outcome = await tryBind(seed, document);
  if (outcome.id === "invalid") throw new Error(JSON.stringify(outcome.problems));
  return outcome.config;
}

async function tryBind(seed: Config, document: object) {
  const read = await readBinding(document, "request");
  if (read.id === "invalid") return read;
  return bindConfig(seed, read.binding, { id: "claim-7", source: "request" });
}

async function problemsOf(seed: Config, document: object): Promise<string[]> {
  const outcome = await tryBind(seed, document);
  if (outcome.id !== "invalid") throw new Error("it was bound");
  return outcome.problems.map(({ key, expected, found }) => `${key}: ${expected}; ${found}`);
}

const repositories = [{ url: "https://host/acme/shop.git" }];

describe("a binding", () => {
  it("makes of a seed what the same values make of a boot", async () => {
    const session = {
      branch: "feature",
      repositories: [{ repo_owner: "acme", repo_name: "shop", branch: "main" }],
      provider: "anthropic",
      model: "claude",
      mcp_servers: [{ name: "files", type: "local", command: ["files"] }],
    };
    const env = {
      SANDBOX_ID: "box-1",
      SANDBOX_AUTH_TOKEN: "token-of-the-tenant",
      CONTROL_PLANE_URL: "https://control/api",
      SESSION_CONFIG: JSON.stringify(session),
      VCS_HOST: "gitlab.com",
      SETUP_TIMEOUT_SECONDS: "30",
    };
    const atOnce = await seedOf({ status: { port: 7690 } }, env);
    const seed = await seedOf({ status: { port: 7690, token: "pool" } });
    const asVariables = await bind(seed, { env });
    const asKeys = await bind(seed, {
      sandboxId: "box-1",
      tokens: { bridge: "token-of-the-tenant" },
      controlPlane: { url: "https://control/api" },
      session,
      env: { VCS_HOST: "gitlab.com" },
      hooks: { setupSeconds: 30 },
    });
    const tenantsOf = (config: Config) => {
      const { sandboxId, agent, bridge, status, controlPlane, hooks } = config;
      const names = config.repositories.map(({ name, url, branch }) => ({ name, url, branch }));
      return { sandboxId, agent, bridge, status, controlPlane, hooks, names };
    };
    expect(tenantsOf(asVariables)).toEqual(tenantsOf(atOnce));
    expect(tenantsOf(asKeys)).toEqual(tenantsOf(atOnce));
    expect(tenantsOf(atOnce)).toMatchObject({
      names: [{ name: "shop", url: "https://gitlab.com/acme/shop.git", branch: "main" }],
      agent: { config: { model: "anthropic/claude", mcp: { files: { type: "local" } } } },
    });
  });

  it("is put onto the seed's own, key by key", async () => {
    const seed = await seedOf(
      {
        repositories: [{ name: "mine", url: "https://host/mine.git", branch: "main" }],
        agent: {
          config: { model: "a/b", provider: { own: { name: "Own" } } },
          auth: { own: { type: "api", key: "key-of-the-seed" } },
        },
        hooks: { startSeconds: 7 },
      },
      { PLACE: "seed", KEPT: "yes" },
    );
    const bound = await bind(seed, {
      session: { branch: "feature" },
      env: { PLACE: "tenant", KEY_OF: "tenant" },
      agent: {
        config: { provider: { theirs: { name: "Theirs" } } },
        auth: { theirs: { type: "api", key: "{env:KEY_OF}" } },
      },
      hooks: { setupSeconds: 5 },
    });
    expect(bound.env).toMatchObject({ PLACE: "tenant", KEPT: "yes" });
    expect(bound.bound).toEqual({ id: "claim-7", seedEnv: seed.env });
    expect(bound.repositories).toMatchObject([{ name: "mine", branch: "feature" }]);
    expect(bound.agent.config).toEqual({
      model: "a/b",
      provider: { own: { name: "Own" }, theirs: { name: "Theirs" } },
    });
    expect(bound.agent.auth).toMatchObject({
      own: { key: "key-of-the-seed" },
      theirs: { key: "tenant" },
    });
    expect(bound.hooks).toMatchObject({ setupSeconds: 5, startSeconds: 7 });
    expect(seed.env).not.toHaveProperty("KEY_OF");
  });

  it("with tokens leaves no token of the pool in force, and sends none to another's control plane", async () => {
    const seed = await seedOf({
      status: { port: 7690, token: "status-of-the-pool" },
      bridge: { token: "bridge-of-the-pool" },
      controlPlane: { token: "plane-of-the-pool", url: "https://pool" },
      sandboxId: "pool-3",
    });
    const tokens = { bridge: "bridge-of-the-tenant" };
    const bound = await bind(seed, {
      repositories,
      tokens,
      controlPlane: { url: "https://theirs" },
    });
    expect(bound.status?.token).toBe("bridge-of-the-tenant");
    expect(bound.bridge.token).toBe("bridge-of-the-tenant");
    expect(bound.controlPlane).toMatchObject({
      url: "https://theirs",
      token: "bridge-of-the-tenant",
    });
    const own = await bind(seed, { repositories });
    expect(own.status?.token).toBe("status-of-the-pool");
    expect(own.controlPlane?.token).toBe("plane-of-the-pool");
    expect(await problemsOf(seed, { repositories, controlPlane: { url: "https://x" } })).toEqual([
      expect.stringContaining("controlPlane.token: one, or tokens.bridge"),
    ]);
  });

  it.each([
    ["repositories", { repositories }, "repositories"],
    ["repositories", { session: { branch: "x" } }, "session"],
    ["repositories", { env: { REPO_OWNER: "acme", REPO_NAME: "shop" } }, "repositories"],
    ["agent.config", { session: { model: "x/y" } }, "session"],
    ["agent", { agent: { env: { A: "b" } } }, "agent"],
    ["agent.auth", { agent: { auth: { x: { type: "api", key: "k" } } } }, "agent.auth"],
    ["env", { env: { A: "b" } }, "env"],
    ["tokens.status", { tokens: { status: "s" } }, "tokens.status"],
    ["hooks", { hooks: { startSeconds: 1 } }, "hooks"],
    ["agent.env", { agents: { x: { env: { A: "b" } } } }, "agents.x.env"],
    ["sandboxId", { env: { SANDBOX_ID: "x" } }, "sandboxId"],
  ])("that sets %s, which the seed fixes, is refused: %j", async (fixed, document, key) => {
    const seed = await seedOf({
      binding: { fixed: [fixed] },
      repositories: [{ name: "mine", url: "https://host/mine.git" }],
    });
    expect((await problemsOf(seed, document))[0]).toMatch(
      new RegExp(`^${key}: nothing, because the seed's own config fixes ${fixed}`),
    );
    // What it does not set is no reason to refuse it.
    await bind(seed, fixed === "hooks" ? {} : { hooks: { startSeconds: 1 } });
  });

  it("may give a token for prompts where the seed fixes the one for the status API", async () => {
    const seed = await seedOf({
      binding: { fixed: ["tokens.status"] },
      status: { port: 7690, token: "pool" },
    });
    const bound = await bind(seed, { repositories, tokens: { bridge: "theirs" } });
    expect(bound.status?.token).toBe("pool");
  });

  it.each([
    [{}, "repositories: at least one, because the seed's config has none; nothing"],
    [{ version: 2 }, "version: one of 1; a number"],
    [{ id: "two words" }, "id: 1 to 200 printable characters without spaces"],
    [{ colour: "red-secret" }, "colour: no such key (see docs/warm-pools.md); a string"],
    [
      { env: { SANDBOOT_RUNTIME: "x" } },
      "env.SANDBOOT_RUNTIME: a variable's name that does not begin with SANDBOOT_ or OPENCODE_SERVER_",
    ],
    [{ env: { "A=B": "x" } }, "env.A=B: a variable's name"],
    [
      { agent: { auth: { x: { key: true } } } },
      "agent.auth.x.key: a string or a number; a boolean",
    ],
    [{ env: { A: "zero\0byte" } }, "env.A: text"],
    [
      { env: { SESSION_CONFIG: "{ red-secret" } },
      "env.SESSION_CONFIG: a JSON object; text that is not JSON",
    ],
    [
      { repositories, agents: { codex: { env: { A: "red-secret" } } } },
      "agents.codex: agent, because the seed has no agents with ids; another id",
    ],
    [{ agents: { "A b": {} } }, "agents.A b: at most 40 small letters, digits and dashes"],
    [{ agents: { x: { colour: "red-secret" } } }, "agents.x.colour: no such key"],
    [{ tokens: { bridge: "two words" } }, "tokens.bridge: printable characters without spaces"],
    [{ session: { branch: "-f", repositories: [] } }, "session.branch: a valid branch name"],
    [{ repositories, hooks: { startSeconds: 0 } }, "hooks.startSeconds: above 0; a number"],
    [
      { repositories: [{ url: "https://u:red-secret@h/a", path: "../.." }] },
      "repositories.0.path: ",
    ],
    [
      { repositories, codeServer: { password: "red-secret" } },
      "codeServer.password: nothing, because no code-server is configured; a string",
    ],
    [
      { repositories, agent: { auth: { x: { key: "{env:NOWHERE}" } } } },
      "agent.auth.x.key: a value of NOWHERE",
    ],
  ])(
    "with a mistake is refused by key and type, never by value: %j",
    async (document, expected) => {
      const problems = await problemsOf(await seedOf(), document);
      expect(problems[0]).toContain(expected);
      expect(JSON.stringify(problems)).not.toContain("red-secret");
    },
  );

  it.each([
    ['{ "env": { "__proto__": "x" } }', "env.__proto__: another name"],
    ['{ "agent": { "config": { "__proto__": { "model": "x" } } } }', "agent.config.__proto__: "],
    [
      '{ "session": { "mcp_servers": [{ "__proto__": {} }] } }',
      "session.mcp_servers.0.__proto__: ",
    ],
  ])("is refused with a name that its schema would leave out: %s", async (text, expected) => {
    expect((await problemsOf(await seedOf(), JSON.parse(text)))[0]).toContain(expected);
  });

  it("with very many mistakes is answered with the first ones", async () => {
    const keys = Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`key${at}`, at]));
    const problems = await problemsOf(await seedOf(), keys);
    expect(problems).toHaveLength(51);
    expect(problems.at(-1)).toContain("at most 50 mistakes");
  });

  it("is read once, whatever is in it", { timeout: 20_000 }, async () => {
    const seed = await seedOf();
    const { repositories } = await bind(seed, {
      repositories: [{ url: `https://host/${"a".repeat(100_000)}!` }],
      env: { DOTS: `${"a.".repeat(50_000)}://` },
    });
    expect(repositories.map(({ name }) => name)).toEqual(["repository-0"]);
    expect(await problemsOf(seed, { ["k".repeat(1_000_000)]: 1 })).toHaveLength(1);
  });

  it("may not bring a token of the pool as the tenant's", async () => {
    const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
    const env = {
      SANDBOOT_ENROLMENT_TOKEN: `sha256:${sha256("of-the-pool")}`,
      SANDBOOT_METRICS_TOKEN: "of-prometheus",
    };
    const seed = await seedOf({ status: { port: 7690 } }, env);
    expect(await problemsOf(seed, { repositories, tokens: { bridge: "of-the-pool" } })).toEqual([
      "tokens.bridge: another token than the seed's binding.enrolmentToken; the same one",
    ]);
    const variables = { SANDBOX_AUTH_TOKEN: "mine" };
    const tokens = { status: "of-prometheus" };
    expect(await problemsOf(seed, { repositories, env: variables, tokens })).toEqual([
      "tokens.status: another token than the seed's status.metricsToken; the same one",
    ]);
    await bind(seed, { repositories, env: variables, tokens: { status: "of-me" } });
    const both = { ...env, SANDBOX_AUTH_TOKEN: "of-the-pool" };
    await expect(seedOf({}, both)).rejects.toThrow(
      "bridge.token: expected another token than binding.enrolmentToken",
    );
  });

  it("has to bring the tokens and the password that an open door asks for", async () => {
    const host = "0.0.0.0";
    const open = { bridge: { host }, terminal: { proxyPort: 7700 }, codeServer: { host } };
    const seed = await seedOf(open);
    const problems = await problemsOf(seed, { repositories });
    expect(problems.map((problem) => problem.split(":")[0])).toEqual([
      "codeServer.password",
      "tokens.bridge",
      "tokens.bridge",
    ]);
    const codeServer = { password: "theirs" };
    await bind(seed, { repositories, codeServer, tokens: { bridge: "theirs" } });
    await expect(seedOf({ mode: "fresh", ...open })).rejects.toThrow("bridge.token");
  });

  it("gives the session to an agent that sandboot does not configure as a variable", async () => {
    const seed = await seedOf({ agent: { kind: "command", command: ["agent"] } });
    const session = { model: "a/b" };
    const { env, agent } = await bind(seed, { repositories, session });
    expect(JSON.parse(env["SESSION_CONFIG"] ?? "")).toEqual(session);
    expect(agent.config).toEqual({});
  });
});

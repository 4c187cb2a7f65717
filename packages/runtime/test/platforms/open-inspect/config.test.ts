import { describe, expect, it } from "vitest";
import { failedWith } from "../../../src/base/failed.ts";
import type { Config } from "../../../src/config/config.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { identityOf } from "../../../src/platforms/open-inspect/repositories.ts";
import { scratchFolder } from "../../support/scratch.ts";

type Env = Readonly<Record<string, string>>;

const PLATFORM = { SANDBOOT_PLATFORM: "open-inspect", SANDBOX_AUTH_TOKEN: "open sesame" };

async function load(env: Env = {}): Promise<Config> {
  return await loadConfig({ cwd: await scratchFolder(), env: { ...PLATFORM, ...env } });
}

const session = (config: object) => ({ SESSION_CONFIG: JSON.stringify(config) });

describe("an Open-Inspect sandbox's configuration", () => {
  it("has its policy for hooks, clones and failures, and the ports of its images", async () => {
    const config = await load({ REPO_OWNER: "acme", REPO_NAME: "web" });
    expect(config).toMatchObject({
      platform: "open-inspect",
      workspace: "/workspace",
      onFailure: "exit",
      repositories: [{ path: "/workspace/web", depth: 100 }],
      hooks: {
        order: "sequential",
        shell: "bash",
        setupSeconds: 300,
        startSeconds: 120,
        setupFailure: { fresh: "warn", build: "fatal" },
        waitFor: [],
      },
      agent: {
        port: 4096,
        env: { OPENCODE_CLIENT: "serve", SANDBOX_AUTH_TOKEN: "open sesame" },
        config: { model: "anthropic/claude-sonnet-4-6", permission: "allow" },
      },
      codeServer: null,
      terminal: null,
    });
    expect(config.env["OPENINSPECT_BOOT_MODE"]).toBe("fresh");
    expect((await load({ FROM_REPO_IMAGE: "true" })).env["OPENINSPECT_BOOT_MODE"]).toBe(
      "repo_image",
    );
  });

  it("asks the control plane for git's passwords, and a build uses what it is given", async () => {
    const plane = {
      CONTROL_PLANE_URL: "https://plane.example.org/",
      ...session({ session_id: "s/1" }),
    };
    const url = "https://plane.example.org/sessions/s%2F1/scm-credentials";
    const from = { url, token: "open sesame" };
    const clone = { VCS_CLONE_TOKEN: "one-shot", VCS_HOST: "git.example.org" };
    const credentials = async (env: Env) => (await load(env)).git.credentials;
    expect(await credentials({ ...plane, ...clone })).toMatchObject([
      { host: "git.example.org", from },
    ]);
    expect(await credentials(plane)).toMatchObject([{ host: "github.com", from }]);
    const upper = await load({ ...plane, VCS_HOST: "GitHub.com", REPO_OWNER: "a", REPO_NAME: "b" });
    expect(upper.repositories).toMatchObject([{ url: "https://github.com/a/b.git" }]);
    expect(upper.git.credentials).toMatchObject([{ host: "github.com" }]);
    const build = { IMAGE_BUILD_MODE: "true", ...clone };
    expect(await credentials(build)).toMatchObject([
      { host: "git.example.org", username: "x-access-token", from: { password: "one-shot" } },
    ]);
    expect(await credentials({ ...build, VCS_CLONE_USERNAME: "oauth2" })).toMatchObject([
      { username: "oauth2" },
    ]);
    expect((await load(build)).env["VCS_CLONE_TOKEN"]).toBeUndefined();
    // A sandbox of a session does not fall back on it.
    expect(await credentials(clone)).toEqual([]);
    expect(await credentials({})).toEqual([]);
    const fallback = { GITHUB_TOKEN: "short-lived", OI_GITHUB_TOKEN_IS_FALLBACK: "1" };
    expect((await load(fallback)).env["SANDBOOT_GITHUB_TOKEN"]).toBe("expires");
  });

  it("names a model with its provider, and takes a remote MCP server's env for headers", async () => {
    const { agent } = await load(
      session({
        provider: "openrouter",
        model: "acme/large",
        mcp_servers: [
          { name: "far", type: "remote", url: "https://mcp.example.org", env: { "X-Key": "k" } },
          {
            name: "own",
            type: "remote",
            url: "https://mcp.example.org",
            headers: {},
            env: { "X-Key": "k" },
          },
          { name: "near", type: "local", command: ["mcp"], env: { KEY: "k" } },
        ],
      }),
    );
    expect(agent.config).toMatchObject({
      model: "openrouter/acme/large",
      mcp: {
        far: { type: "remote", url: "https://mcp.example.org", headers: { "X-Key": "k" } },
        own: { headers: { "X-Key": "k" } },
        near: { type: "local", command: ["mcp"], environment: { KEY: "k" } },
      },
    });
  });

  it("starts the bridge of the image, with its exit codes; early when the session asks for it", async () => {
    const env = { SANDBOX_ID: "sb-1", CONTROL_PLANE_URL: "https://plane.example.org" };
    const { bridge } = await load({ ...env, ...session({ session_id: "s-1" }) });
    expect(bridge).toMatchObject({
      command: [
        ...["python", "-m", "sandbox_runtime.bridge"],
        ...["--sandbox-id", "sb-1", "--session-id", "s-1"],
        ...["--control-plane", "https://plane.example.org"],
        ...["--token", "open sesame", "--opencode-port", "{agentPort}"],
      ],
      start: "last",
      agentAccess: "open",
      exit: { end: [0], giveUp: [], whenGivenUp: "end" },
      restart: { max: 5, backoffSeconds: 2, maxBackoffSeconds: 60 },
    });
    const early = await load({
      ...env,
      ...session({ session_id: "s-1", bridge_early_connect: true }),
    });
    expect(early.bridge).toMatchObject({ start: "first", exit: { giveUp: [78] } });
    expect(early.bridge.command?.at(-1)).toBe("--early-connect");
    expect((await load(env)).bridge.command).toBeUndefined();
    const skills = { HOME: "/home/dev", ...env, ...session({ session_id: "a/b" }) };
    expect((await load(skills)).agent.skills).toEqual({
      url: "https://plane.example.org/sessions/a%2Fb/sandbox-skills",
      folder: "/home/dev/.config/opencode/skills",
    });
    expect((await load(env)).agent.skills).toBeUndefined();
  });

  it("has what came later only by its flag", async () => {
    const later = (names: string) =>
      load({
        SANDBOOT_OPEN_INSPECT_LATER: names,
        CONTROL_PLANE_URL: "https://plane.example.org",
        SANDBOX_ID: "sb-1",
        ...session({ session_id: "s-1" }),
      });
    expect((await later("no-hook-limits")).hooks).toMatchObject({
      setupSeconds: null,
      startSeconds: null,
    });
    expect((await later("exit-78, boot-events")).bridge.exit.giveUp).toEqual([78]);
    const error = await later("exit-78,exit-79").catch((thrown: unknown) => thrown);
    expect(failedWith(error, "bad-input") && error.value.problems).toMatchObject([
      { key: "SANDBOOT_OPEN_INSPECT_LATER", found: "exit-79" },
    ]);
  });

  it("refuses what would boot another sandbox than was asked for: a harness that is not there, a seed", async () => {
    const problemsOf = async (env: Env) => {
      const error = await load(env).catch((thrown: unknown) => thrown);
      return failedWith(error, "bad-input") ? error.value.problems : [];
    };
    const harness = (name: string | null) => session({ session_id: "s-1", harness: name });
    expect(await problemsOf(harness("opencode"))).toEqual([]);
    expect(await problemsOf(harness(null))).toEqual([]);
    expect(await problemsOf(harness("claude"))).toMatchObject([
      { key: "SESSION_CONFIG.harness", found: "claude" },
    ]);
    const seed = loadConfig({ cwd: await scratchFolder(), env: PLATFORM, mode: "seed" });
    const error = await seed.catch((thrown: unknown) => thrown);
    expect(failedWith(error, "bad-input") && error.value.problems).toMatchObject([{ key: "mode" }]);
  });

  it("opens editor and terminal to the outside when there are secrets for them", async () => {
    const env = { CODE_SERVER_PASSWORD: "secret", TERMINAL_ENABLED: "true" };
    expect(await load(env)).toMatchObject({
      codeServer: { host: "0.0.0.0", port: 8080 },
      terminal: { port: 7681, proxyHost: "0.0.0.0", proxyPort: 7680 },
    });
    expect(await load({ ...env, TTYD_PROXY_PORT: "7777" })).toMatchObject({
      terminal: { proxyPort: 7777 },
    });
  });

  it("waits for the addresses of the tunnels, and keeps no file of another sandbox", async () => {
    const gate = { id: "tunnels", file: "/workspace/.tunnels.env", seconds: 30 };
    const tunnels = { EXPECTED_TUNNEL_PORTS: "3000, 8000,x,", SANDBOX_ID: "sb-1" };
    const keepWith = "TUNNEL_SANDBOX_ID=sb-1";
    const waitFor = [{ ...gate, lines: ["TUNNEL_3000=", "TUNNEL_8000="], keepWith }];
    expect((await load(tunnels)).hooks).toMatchObject({ waitFor });
    const late = await load({ ...tunnels, TUNNEL_WAIT_TIMEOUT_SECONDS: "2.5" });
    expect(late.hooks.waitFor[0]?.seconds).toBe(2.5);
    for (const [seconds, lines] of [
      ["0", []],
      ["soon", waitFor[0]?.lines],
    ] as const) {
      const { hooks } = await load({ ...tunnels, TUNNEL_WAIT_TIMEOUT_SECONDS: seconds });
      expect(hooks.waitFor).toMatchObject([{ lines, keepWith }]);
    }
    const restored = await load({ RESTORED_FROM_SNAPSHOT: "true", SANDBOX_ID: "sb-1" });
    expect(restored.hooks).toMatchObject({ waitFor: [{ ...gate, lines: [], keepWith }] });
  });

  it("has an entry for each login that the control plane holds", async () => {
    const { agent } = await load({ OPENAI_OAUTH_MANAGED: "1" });
    const login = { type: "oauth", refresh: "managed-by-control-plane", access: "", expires: 0 };
    expect(agent.auth).toEqual({ openai: login });
  });

  it("has a desktop for everybody who knows its password, which no other process inherits", async () => {
    const config = await load({ VNC_PASSWORD: "secret", NOVNC_PORT: "6090" });
    expect(config.desktop).toMatchObject({ host: "0.0.0.0", port: 6090, password: "secret" });
    const { desktop } = await load({ VNC_PASSWORD: "secret" });
    expect(desktop).toMatchObject({ port: 6080 });
    expect(config.env).not.toHaveProperty("VNC_PASSWORD");
    expect((await load({ NOVNC_PORT: "6090" })).desktop).toBeNull();
  });

  it("tells of a build by all of its callback's variables, or by none", async () => {
    const names = ["BUILD_ID", "CALLBACK_URL", "FAILURE_CALLBACK_URL", "CALLBACK_TOKEN"];
    const some = Object.fromEntries(
      names.map((name) => [`OI_REPO_IMAGE_${name}`, "https://plane.example.org"]),
    );
    const build = { IMAGE_BUILD_MODE: "true", ...some };
    const all = await load({ ...build, OI_REPO_IMAGE_PROVIDER_SESSION_ID: "p-1" });
    expect(all.build).toMatchObject({
      stay: true,
      seconds: null,
      callback: { url: "https://plane.example.org" },
    });
    expect(all.env).not.toHaveProperty("OI_REPO_IMAGE_CALLBACK_TOKEN");
    expect((await load({ IMAGE_BUILD_MODE: "true" })).build).toEqual({ stay: true, seconds: null });
    const key = "OI_REPO_IMAGE_PROVIDER_SESSION_ID";
    for (const env of [build, { ...build, [key]: "" }]) {
      const error = await load(env).catch((thrown: unknown) => thrown);
      expect(failedWith(error, "bad-input") && error.value.problems).toMatchObject([{ key }]);
    }
    // Another mode does not look at them.
    expect((await load(some)).build).toEqual({ stay: false, seconds: null });
  });

  it.each(["not json", "[]"])("names a SESSION_CONFIG that is none: %s", async (SESSION_CONFIG) => {
    const error = await load({ SESSION_CONFIG }).catch((thrown: unknown) => thrown);
    expect(failedWith(error, "bad-input") && error.value.problems).toMatchObject([
      { key: "SESSION_CONFIG" },
    ]);
  });
});

describe("a repository's owner and name", () => {
  it.each([
    ["https://github.com/acme/web.git", { owner: "acme", name: "web" }],
    ["https://git.example.org/group/sub/web.git", { owner: "group/sub", name: "web" }],
    ["https://github.com/acme/.github.git/", { owner: "acme", name: ".github" }],
  ])("%s", (url, identity) => {
    expect(identityOf({ url, name: "folder" })).toEqual(identity);
  });
});

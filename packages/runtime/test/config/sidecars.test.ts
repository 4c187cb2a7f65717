import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { failedWith } from "../../src/base/failed.ts";
import { inheritedEnv } from "../../src/config/child-env.ts";
import { describeConfig } from "../../src/config/describe.ts";
import type { Env } from "../../src/config/env.ts";
import { loadConfig } from "../../src/config/load.ts";
import { restartPolicy } from "../../src/process/supervise/configured-policy.ts";
import { scratchFolder } from "../support/scratch.ts";

async function load(file: object, env: Env = {}) {
  const cwd = await scratchFolder();
  await writeFile(join(cwd, "sandboot.json"), JSON.stringify(file));
  return { cwd, config: await loadConfig({ cwd, env }) };
}

async function problem(file: object, env: Env = {}): Promise<string> {
  try {
    await load(file, env);
  } catch (error) {
    if (!failedWith(error, "bad-input")) throw error;
    return error.value.problems
      .map(({ key, expected, found }) => `${key}: ${expected}; ${found}`)
      .join("\n");
  }
  return "";
}

describe("built-in sidecars", () => {
  it("are off by default", async () => {
    expect((await load({})).config).toMatchObject({ codeServer: null, terminal: null });
    const { config } = await load({ codeServer: {}, terminal: {} });
    expect(config.codeServer).toMatchObject({ port: 8080, host: "127.0.0.1", priority: "low" });
    expect(config.terminal).toMatchObject({ port: 7681, restart: "always" });
    expect((await load({ codeServer: { enabled: false } })).config.codeServer).toBeNull();
  });

  it("are turned on and off by the variables that images use", async () => {
    const { config } = await load(
      { terminal: { port: 9000 } },
      { CODE_SERVER_PASSWORD: "secret", CODE_SERVER_PORT: "9001", TERMINAL_ENABLED: "false" },
    );
    expect(config.codeServer).toMatchObject({ port: 9001, password: "secret" });
    expect(config.terminal).toBeNull();
    const { config: other } = await load(
      {},
      { TERMINAL_ENABLED: "true", TTYD_PROXY_PORT: "9002", SANDBOX_AUTH_TOKEN: "t" },
    );
    expect(other.terminal).toMatchObject({ port: 7681, proxyPort: 9002 });
    expect(await problem({}, { CODE_SERVER_PORT: "all" })).toBe(
      'CODE_SERVER_PORT: a port, 1 to 65535; a string ("all")',
    );
  });

  it("have paths relative to the file; a bare program name is looked up on PATH", async () => {
    const { cwd, config } = await load({
      codeServer: { extensions: ["panel.vsix"], userDataDir: "data" },
      sidecars: [{ id: "a", command: ["./run"], cwd: "there" }],
    });
    expect(config.codeServer).toMatchObject({
      command: ["code-server"],
      extensions: [join(cwd, "panel.vsix")],
      userDataDir: join(cwd, "data"),
    });
    expect(config.sidecars[0]).toMatchObject({
      command: [join(cwd, "run")],
      cwd: join(cwd, "there"),
    });
  });

  it.each([
    ["all interfaces without a password", { codeServer: { host: "0.0.0.0" } }, "codeServer.host"],
    ["a proxy without a token", { terminal: { proxyPort: 9002 } }, "terminal.proxyPort"],
    ["a port that is used twice", { codeServer: { port: 7680 } }, "codeServer.port"],
    ["an agent as a sidecar", { sidecars: [{ id: "agent", command: ["a"] }] }, "sidecars"],
    [
      "an id that is used twice",
      { codeServer: {}, sidecars: [{ id: "code-server", command: ["a"] }] },
      "sidecars",
    ],
    [
      "an http probe without a port",
      { sidecars: [{ id: "a", command: ["a"], readiness: { http: "/" } }] },
      "sidecars.a.port",
    ],
    [
      "an unknown restart policy",
      { sidecars: [{ id: "a", command: ["a"], restart: "sometimes" }] },
      "sidecars.0.restart",
    ],
  ])("refuses %s", async (_, file, key) => {
    expect(await problem(file)).toMatch(new RegExp(`^${key}: `));
  });

  it("accept a restart policy as a word or as an object", () => {
    expect(restartPolicy("never")).toMatchObject({ when: "never", maxRestarts: 5, backoffMs: 250 });
    expect(restartPolicy({ when: "always", max: 2, windowSeconds: 9, quietSeconds: 1 })).toEqual({
      when: "always",
      maxRestarts: 2,
      windowMs: 9000,
      backoffMs: 250,
      maxBackoffMs: 30_000,
      quietMs: 1000,
    });
  });
});

describe("the desktop", () => {
  it("is off by default, and has its paths relative to the file", async () => {
    const { cwd, config } = await load({ desktop: { windowManager: ["./wm"] } });
    expect(config.desktop).toMatchObject({
      host: "127.0.0.1",
      port: 6080,
      windowManager: [join(cwd, "wm")],
    });
    expect((await load({})).config.desktop).toBeNull();
    expect((await load({ desktop: { enabled: false } })).config.desktop).toBeNull();
  });

  it("is turned on by VNC_PASSWORD, which no process inherits", async () => {
    const { config } = await load({}, { VNC_PASSWORD: "secret", NOVNC_PORT: "6090" });
    expect(config.desktop).toMatchObject({ port: 6090, password: "secret" });
    expect(inheritedEnv(config, "sidecar")).not.toHaveProperty("VNC_PASSWORD");
    expect(JSON.stringify(describeConfig(config))).not.toContain("secret");
    expect((await load({}, { NOVNC_PORT: "6090" })).config.desktop).toBeNull();
  });

  it("needs a password or a token on any other address, and in a seed the tenant's token", async () => {
    const open = { desktop: { host: "0.0.0.0" } };
    expect(await problem(open)).toBe(
      'desktop.host: a loopback address, a password (VNC_PASSWORD), or bridge.token; "0.0.0.0" without either',
    );
    expect(await problem(open, { VNC_PASSWORD: "secret" })).toBe("");
    expect(await problem(open, { SANDBOX_AUTH_TOKEN: "t" })).toBe("");
    expect(await problem({ ...open, mode: "seed" })).toBe("");
    expect(await problem({ mode: "seed", desktop: { password: "secret" } })).toBe(
      "desktop.password: nothing in a seed: a tenant has bridge.token; one",
    );
    expect(await problem({ desktop: { size: "800" } })).toContain("desktop.size: ");
    expect(await problem({ desktop: {}, sidecars: [{ id: "xvfb", command: ["a"] }] })).toContain(
      "another process's",
    );
    const drawing = { id: "a", command: ["a"], after: ["xvfb"] };
    expect(await problem({ desktop: {}, sidecars: [drawing] })).toBe("");
    expect(await problem({ sidecars: [drawing] })).toContain("ids in sidecars");
  });
});

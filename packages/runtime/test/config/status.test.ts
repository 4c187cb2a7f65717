import { describe, expect, it } from "vitest";
import { failedWith } from "../../src/base/failed.ts";
import type { Env } from "../../src/config/env.ts";
import { loadConfig } from "../../src/config/load.ts";
import { writeFiles } from "../support/git.ts";
import { scratchFolder } from "../support/scratch.ts";

async function load(file: object, env: Env = {}) {
  const cwd = await scratchFolder();
  await writeFiles(cwd, { "sandboot.json": JSON.stringify(file) });
  return loadConfig({ cwd, env });
}

async function problems(file: object, env: Env = {}) {
  const error = await load(file, env).then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error === null) return [];
  if (!failedWith(error, "bad-input")) throw error;
  return error.value.problems.map(({ source, key, expected }) => ({
    source: source.replace(/^.*\//, ""),
    key,
    expected,
  }));
}

describe("status", () => {
  it("has a port only when one is configured, with its own token or the bridge's", async () => {
    expect((await load({ bridge: { token: "b" } })).status).toBeNull();
    const file = { status: { port: 7690 }, bridge: { token: "b" } };
    expect((await load(file)).status).toEqual({ host: "127.0.0.1", port: 7690, token: "b" });
    const env = { SANDBOX_AUTH_TOKEN: "of the environment" };
    expect((await load({ status: { port: 7690 } }, env)).status?.token).toBe("of the environment");
    const own = { status: { port: 7690, token: "own" } };
    expect((await load(own, env)).status?.token).toBe("own");
    const digest = `sha256:${"0".repeat(64)}`;
    const measured = { ...env, SANDBOOT_METRICS_TOKEN: digest };
    expect((await load(own, measured)).status).toMatchObject({
      token: "own",
      metricsToken: digest,
    });
  });

  it("needs a token for its port, and a port that nothing else uses", async () => {
    expect(await problems({ status: { port: 7690 } })).toEqual([
      {
        source: "sandboot.json",
        key: "status.token",
        expected:
          "a token for status.port (or bridge.token, or SANDBOX_AUTH_TOKEN; in a seed, binding.enrolmentToken is enough)",
      },
    ]);
    const clash = { status: { port: 7680, token: "t" } };
    expect(await problems(clash)).toMatchObject([{ key: "status.port" }]);
  });

  it("needs a state folder whose path is short enough for a socket", async () => {
    expect(await problems({ stateDir: `/tmp/${"x".repeat(89)}` })).toEqual([]);
    expect(await problems({ stateDir: `/tmp/${"x".repeat(90)}` })).toMatchObject([
      { key: "stateDir", expected: "a path short enough for the socket in it (107 bytes in all)" },
    ]);
  });
});

describe("controlPlane", () => {
  it("has the sandbox's id, and its own token or the bridge's", async () => {
    expect((await load({ sandboxId: "x" })).controlPlane).toBeNull();
    const env = {
      CONTROL_PLANE_URL: "https://plane.example/base",
      SANDBOX_ID: "box-7",
      SANDBOX_AUTH_TOKEN: "t",
    };
    expect((await load({ controlPlane: { flushSeconds: 2 } }, env)).controlPlane).toEqual({
      url: "https://plane.example/base",
      token: "t",
      sandboxId: "box-7",
      flushSeconds: 2,
      maxMessages: 500,
      messages: ["error", "report", "state"],
    });
  });

  it("without a sandbox id is off, with a warning", async () => {
    const url = "https://plane.example";
    const warnings = [{ code: "sandbox-unnamed" }];
    const withoutName = { controlPlane: null, warnings };
    expect(await load({ controlPlane: { url } })).toMatchObject(withoutName);
    expect(await load({}, { CONTROL_PLANE_URL: url })).toMatchObject(withoutName);
    expect((await load({ sandboxId: "x" }, { CONTROL_PLANE_URL: url })).warnings).toEqual([]);
    expect((await load({})).warnings).toEqual([]);
  });

  it("needs a URL", async () => {
    expect(await problems({ controlPlane: { url: "plane" }, sandboxId: "x" })).toMatchObject([
      { source: "sandboot.json", key: "controlPlane.url" },
    ]);
    const env = { CONTROL_PLANE_URL: "plane", SANDBOX_ID: "x" };
    expect(await problems({}, env)).toEqual([
      { source: "environment", key: "CONTROL_PLANE_URL", expected: "a URL, http:// or https://" },
    ]);
  });
});

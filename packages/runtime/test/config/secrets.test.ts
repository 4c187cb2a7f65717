import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { secretsOf } from "../../src/config/secrets.ts";

const secretsWith = async (env: Record<string, string>) =>
  secretsOf(await loadConfig({ env, cwd: "/nowhere" }));

describe("secretsOf", () => {
  it.each([
    ["the bridge's token", { SANDBOX_AUTH_TOKEN: "bridge-token" }, "bridge-token"],
    ["a secret name", { GITHUB_TOKEN: "ghp_1" }, "ghp_1"],
    ["a name in camel case", { stripeSecretKey: "sk_1" }, "sk_1"],
    ["JSON in a value", { SESSION_CONFIG: '{"auth":{"accessToken":"in-json"}}' }, "in-json"],
    ["a password in a URL", { DATABASE_URL: "postgres://me:p%40ss@db/x" }, "p@ss"],
    ["a token in a URL", { REMOTE: "https://ghp_0123456789abcdef@host/r" }, "ghp_0123456789abcdef"],
    [
      "user and password as encoded for git",
      { REMOTE: "https://me:pw@host/r" },
      Buffer.from("me:pw").toString("base64"),
    ],
  ])("finds %s", async (_, env, secret) => {
    expect(await secretsWith(env)).toContain(secret);
  });

  it("does not take a user name for a secret", async () => {
    expect(await secretsWith({ REMOTE: "ssh://git@host/r", HOME: "/root" })).not.toContain("git");
  });
});

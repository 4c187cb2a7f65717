import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { sandbootBin } from "../support/sandboot.ts";
import { scratchFolder } from "../support/scratch.ts";

const check = async (config: object, env: Record<string, string> = {}) => {
  const folder = await scratchFolder();
  await writeFile(join(folder, "sandboot.json"), JSON.stringify(config));
  return execa(sandbootBin, ["config", "check"], { cwd: folder, env, reject: false });
};

describe("sandboot config check", () => {
  it("prints the resolved config, with every secret hidden", async () => {
    const { stdout, exitCode } = await check(
      {
        repositories: [{ name: "shop", url: "https://me:pass-in-url@git.example/shop.git" }],
        agent: {
          env: { OPENAI_API_KEY: "k1" },
          config: { provider: { openai: { options: { apiKey: "deep-in-config" } } } },
        },
        sidecars: [
          {
            id: "db",
            command: ["db", "--password", "of-the-db"],
            env: { DB_PASSWORD: "of-the-db" },
          },
        ],
      },
      { SANDBOX_AUTH_TOKEN: "ab", SANDBOX_ID: "box-1" },
    );
    expect(exitCode).toBe(0);
    const shown = JSON.parse(stdout) as Record<string, unknown>;
    expect(shown).toMatchObject({
      mode: "fresh",
      sandboxId: "box-1",
      bridge: { port: 7680, token: "[redacted]" },
      repositories: [{ url: "https://[redacted]@git.example/shop.git" }],
      agent: {
        env: { OPENAI_API_KEY: "[redacted]" },
        config: { provider: { openai: { options: { apiKey: "[redacted]" } } } },
      },
      sidecars: [
        { command: ["db", "--password", "[redacted]"], env: { DB_PASSWORD: "[redacted]" } },
      ],
      fromEnvironment: ["SANDBOX_ID", "SANDBOX_AUTH_TOKEN"],
    });
    expect(shown).not.toHaveProperty("env");
  });

  it("names all mistakes in file and environment at once", async () => {
    const { stdout, stderr, exitCode } = await check(
      { hoks: 1, agent: { port: "x" } },
      { FROM_REPO_IMAGE: "maybe", REPO_OWNER: "me" },
    );
    expect(exitCode).toBe(2);
    expect(stdout).toBe("");
    for (const key of ["hoks", "agent.port", "FROM_REPO_IMAGE", "REPO_NAME"]) {
      expect(stderr).toMatch(new RegExp(`: ${key}: expected `));
    }
  });
});

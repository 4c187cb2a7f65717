import { existsSync } from "node:fs";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { writeFiles } from "../support/git.ts";
import { Sandbox } from "../support/sandbox.ts";

describe("OpenCode's configuration", () => {
  it("has model, permissions, MCP servers, plugins, instructions and keys of session and config file", async () => {
    const sandbox = await Sandbox.create({
      agent: {
        config: {
          mcp: { docs: { type: "remote", url: "http://127.0.0.1:9/docs", enabled: false } },
          instructions: ["FROM_FILE.md"],
          provider: {
            house: { npm: "@ai-sdk/openai-compatible", name: "House", models: { small: {} } },
          },
        },
        auth: { house: { type: "api", key: "{env:HOUSE_KEY}" } },
      },
    });
    const plugin = join(sandbox.folder, "plugin.js");
    const loaded = join(sandbox.folder, "plugin-was-loaded");
    await writeFile(
      plugin,
      `import { writeFileSync } from "node:fs";
       export const Marker = async () => { writeFileSync(${JSON.stringify(loaded)}, ""); return {}; };\n`,
    );
    const auth = join(sandbox.home, ".local/share/opencode/auth.json");
    await mkdir(join(auth, ".."), { recursive: true });
    await writeFile(auth, JSON.stringify({ mine: { type: "api", key: "my-own-key" } }));
    const session = {
      session_id: "not ours to read",
      branch: null,
      provider: "house",
      model: "small",
      permission: { bash: "ask" },
      plugins: [pathToFileURL(plugin).href],
      instructions: ["FROM_SESSION.md"],
      mcp_servers: [
        {
          name: "files",
          command: [process.execPath, "-e", "process.stdin.resume()"],
          env: { A: "1" },
          enabled: false,
        },
        {
          name: "far",
          type: "remote",
          url: "http://127.0.0.1:9/mcp",
          headers: { authorization: "Bearer far-far-away" },
          enabled: false,
        },
      ],
    };
    const boot = await sandbox.boot({
      env: {
        SESSION_CONFIG: JSON.stringify(session),
        HOUSE_KEY: "key-of-the-house",
        // The image's. It is neither lost nor loosened.
        OPENCODE_CONFIG_CONTENT: JSON.stringify({ permission: { bash: "allow", edit: "deny" } }),
        OPENCODE_PERMISSION: JSON.stringify({ bash: "allow", webfetch: "deny" }),
      },
    });
    await boot.until("boot.ready");

    const ask = async (path: string) => JSON.parse((await sandbox.askAgent(path)).body);
    expect(await ask("/config")).toMatchObject({
      model: "house/small",
      permission: { bash: "ask", edit: "deny", webfetch: "deny" },
      instructions: ["FROM_FILE.md", "FROM_SESSION.md"],
      mcp: {
        docs: { type: "remote", url: "http://127.0.0.1:9/docs" },
        files: { type: "local", environment: { A: "1" } },
        far: { type: "remote", headers: { authorization: "Bearer far-far-away" } },
      },
    });
    const { providers } = await ask("/config/providers");
    expect(providers).toContainEqual(
      expect.objectContaining({ id: "house", key: "key-of-the-house" }),
    );
    expect(existsSync(loaded)).toBe(true);

    expect(JSON.parse(await readFile(auth, "utf8"))).toEqual({
      mine: { type: "api", key: "my-own-key" },
      house: { type: "api", key: "key-of-the-house" },
    });
    expect((await stat(auth)).mode & 0o777).toBe(0o600);
    boot.signal("SIGTERM");
    const { stderr } = await boot.ended();
    const said = stderr + JSON.stringify(boot.events) + JSON.stringify(await boot.report());
    expect(said).not.toContain("key-of-the-house");
    expect(said).not.toContain("far-far-away");
  });

  it("does not replace an auth.json that is not JSON", async () => {
    const sandbox = await Sandbox.create({ agent: { auth: { a: { type: "api", key: "b" } } } });
    const auth = ".local/share/opencode/auth.json";
    await writeFiles(sandbox.home, { [auth]: "{ half" });
    const { exitCode, stderr } = await (await sandbox.boot()).ended();
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`${join(sandbox.home, auth)} is not a JSON object`);
    expect(await readFile(join(sandbox.home, auth), "utf8")).toBe("{ half");
  });
});

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { failedWith } from "../../../src/base/failed.ts";
import { describeConfig } from "../../../src/config/describe.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { nearly } from "../nearly.ts";
import { type FuzzTarget, onlyForeseen, stateless } from "../target.ts";

const CONFIG = JSON.stringify({
  mode: "fresh",
  stateDir: "state",
  workspace: "ws",
  repositories: [{ name: "shop", url: "https://user:pass@example.org/acme/shop.git", depth: 1 }],
  stage: { dir: "stage", legacy: [{ from: "a", to: "b" }] },
  agent: {
    kind: "command",
    command: ["agent", "{port}"],
    port: 4096,
    env: { A: "{env:NAME}" },
    readiness: { logLine: "^up (\\d+)$" },
    warmUp: { path: "/open", body: { folder: "{directory}" } },
    promptPath: "/session/*/message",
    readySeconds: 2.5,
  },
  hooks: { startSeconds: 8.03 },
  bridge: { port: 7680, host: "127.0.0.1", allowedHosts: ["a.example"], token: "t" },
  status: { port: 7683 },
  sidecars: [{ id: "db", command: ["db"], port: 5432, restart: { when: "always", max: 3 } }],
  shutdown: { graceSeconds: 2.01 },
});
const OPENCODE = `{
  // the agent's own keys
  "agent": { "config": { "model": "a/b", "permission": { "bash": "deny" }, "mcp": {} }, "auth": { "x": { "type": "api", "key": "k" } } },
}`;

const isBadInput = (error: unknown) => failedWith(error, "bad-input");

/** The config file. What is loaded can be shown. */
export const configFile: FuzzTarget = {
  name: "config",
  input: nearly(CONFIG, OPENCODE),
  open: async (folder) => {
    const file = join(folder, "sandboot.json");
    return stateless(async (input) => {
      await writeFile(file, input);
      await onlyForeseen(async () => {
        const config = await loadConfig({ file, env: { NAME: "value" }, cwd: folder });
        JSON.stringify(describeConfig(config));
      }, isBadInput);
    });
  },
};

const SESSION = JSON.stringify({
  session_id: "s1",
  branch: "main",
  repositories: [{ repo_owner: "acme", repo_name: "shop", branch: "main" }],
  provider: "anthropic",
  model: "claude",
  permission: { bash: { "git *": "ask" }, edit: "deny" },
  plugins: ["file:///x.js"],
  instructions: ["A.md"],
  mcp_servers: [
    { name: "files", command: ["npx", "x"], env: { A: "1" } },
    { name: "far", type: "remote", url: "https://example.org", headers: { authorization: "b" } },
  ],
});

/** `SESSION_CONFIG`, which a control plane writes. */
export const sessionConfig: FuzzTarget = {
  name: "session",
  input: nearly(SESSION),
  open: async (cwd) =>
    stateless((input) =>
      // The operating system passes no zero byte.
      onlyForeseen(
        () => loadConfig({ env: { SESSION_CONFIG: input.replaceAll("\0", "") }, cwd }),
        isBadInput,
      ),
    ),
};

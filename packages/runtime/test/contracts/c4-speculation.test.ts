import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Gate } from "../support/gate.ts";
import { writeFiles } from "../support/git.ts";
import type { RunningSandboot } from "../support/sandboot.ts";
import { Sandbox } from "../support/sandbox.ts";

const LATE_TOOL = `export default {
  description: "A tool that a hook brings",
  args: {},
  async execute() { return "late" },
}
`;

/** A catalogue of models, as `opencode models --refresh` fetches one. */
const FETCHED_CATALOGUE = {
  fetched: {
    id: "fetched",
    name: "Fetched",
    env: ["FETCHED_KEY"],
    npm: "@ai-sdk/openai-compatible",
    api: "http://127.0.0.1:9",
    models: { m: { id: "m", name: "M", limit: { context: 1, output: 1 } } },
  },
};

/** A hook that changes every file that OpenCode reads at its start or later, long after the process has started. */
const writesEverything = (gate: Gate) => `
${gate.wait}
config="$HOME/.config/opencode" data="$HOME/.local/share/opencode" staged="$STAGED"
mkdir -p "$config/agent" "$data" "$staged/tool" "$staged/command" "$HOME/.cache/opencode"
echo '{ "username": "from-a-hook" }' > "$config/opencode.json"
printf -- '---\\ndescription: Late\\nmode: primary\\n---\\nBe late.\\n' > "$config/agent/late-agent.md"
echo '{ "share": "disabled" }' > "$staged/opencode.json"
echo '{ "snapshot": false }' > "$OPENCODE_CONFIG"
cp "$LATE_TOOL" "$staged/tool/late.js"
printf -- '---\\ndescription: Late\\n---\\nSay it late.\\n' > "$staged/command/late-command.md"
echo '{ "fromahook": { "type": "api", "key": "k-from-a-hook" } }' > "$data/auth.json"
echo '${JSON.stringify(FETCHED_CATALOGUE)}' > "$HOME/.cache/opencode/models.json"
`;

const sessionDetail = async (boot: RunningSandboot) =>
  (await boot.until("phase.ended", ({ id }) => id === "agent.session")).detail;

describe("C4: speculation is validated", () => {
  it("C4: files that the driver expects to be read again are read again by the real agent, without a restart", async () => {
    const gate = await Gate.create();
    const sandbox = await Sandbox.create({
      files: { ".openinspect/start.sh": writesEverything(gate) },
      agent: {
        config: {
          provider: {
            fromahook: { npm: "@ai-sdk/openai-compatible", name: "From a hook", models: { m: {} } },
          },
        },
      },
    });
    const [custom, staged] = [
      join(sandbox.folder, "custom.json"),
      join(sandbox.folder, "state/agent/config"),
    ];
    await writeFiles(sandbox.folder, { "late.js": LATE_TOOL });
    const lateTool = join(sandbox.folder, "late.js");
    const boot = await sandbox.boot({
      env: { LATE_TOOL: lateTool, STAGED: staged, OPENCODE_CONFIG: custom, FETCHED_KEY: "k" },
    });
    await boot.until("phase.ended", ({ id }) => id === "agent.listening");
    await gate.open();
    await boot.until("boot.ready");

    const askAgent = async (path: string) => JSON.parse((await sandbox.askAgent(path)).body);
    expect(await askAgent("/config")).toMatchObject({ username: "from-a-hook", share: "disabled" });
    expect(await askAgent("/experimental/tool/ids")).toContain("late");
    const names = async (path: string) =>
      (await askAgent(path)).map(({ name }: { name: string }) => name);
    expect(await names("/agent")).toContain("late-agent");
    expect(await names("/command")).toContain("late-command");
    const { providers } = await askAgent("/config/providers");
    expect(providers).toContainEqual(
      expect.objectContaining({ id: "fromahook", key: "k-from-a-hook" }),
    );
    expect(providers).toContainEqual(expect.objectContaining({ id: "fetched", source: "env" }));

    expect((await sessionDetail(boot))["changedSinceSpawn"]).toEqual([
      custom,
      join(sandbox.home, ".cache/opencode/models.json"),
      join(sandbox.home, ".config/opencode/agent/late-agent.md"),
      join(sandbox.home, ".config/opencode/opencode.json"),
      join(sandbox.home, ".local/share/opencode/auth.json"),
      join(staged, "command/late-command.md"),
      join(staged, "opencode.json"),
      join(staged, "tool/late.js"),
    ]);
    const warnings = boot.events.filter((event) => event.type === "phase.warning");
    expect(warnings.map(({ code }) => code)).toEqual(["full-catalogue"]);
    boot.signal("SIGTERM");
    await boot.ended();
    expect((await boot.report()).agent?.restarts).toEqual([]);
  });

  it("C4: a changed environment, which is not read again, causes a restart that the report explains", async () => {
    const gate = await Gate.create();
    const sandbox = await Sandbox.create({
      files: {
        ".openinspect/start.sh": `${gate.wait}; echo "GREETING=from the env file" > "$AGENT_ENV"\n`,
      },
      agent: { envFile: "agent.env", config: { username: "{env:GREETING}" } },
    });
    const envFile = join(sandbox.folder, "agent.env");
    const boot = await sandbox.boot({ env: { AGENT_ENV: envFile } });
    await boot.until("phase.ended", ({ id }) => id === "agent.listening");
    const { pid } = (await boot.until("agent.changed", ({ agent }) => agent.pid !== null)).agent;
    await gate.open();
    await boot.until("boot.ready");
    expect(JSON.parse((await sandbox.askAgent("/config")).body).username).toBe("from the env file");
    boot.signal("SIGTERM");
    await boot.ended();
    const { agent, warnings } = await boot.report();
    expect(agent?.restarts).toEqual([
      { reason: "the hooks changed what it had read at its start", paths: [envFile] },
    ]);
    expect(agent?.pid).not.toBe(pid);
    expect(warnings).toContainEqual({
      phase: "agent.session",
      code: "agent-outdated",
      message: expect.stringContaining(envFile),
    });
  });

  const warmedUp = async (boot: RunningSandboot) =>
    expect(await boot.until("phase.ended", ({ id }) => id === "agent.warm:decoy")).toMatchObject({
      status: "done",
      detail: {},
    });

  it("C4: after a warm-up the real agent still reads again what the driver says, without a restart", async () => {
    const gate = await Gate.create();
    const sandbox = await Sandbox.create({
      files: {
        ".openinspect/start.sh": `
${gate.wait}
config="$HOME/.config/opencode" data="$HOME/.local/share/opencode"
mkdir -p "$config/agent" "$data" "$STAGED/command"
printf -- '---\\ndescription: Late\\nmode: primary\\n---\\nBe late.\\n' > "$config/agent/late-agent.md"
echo '{ "username": "from-a-hook" }' > "$STAGED/opencode.json"
echo '{ "snapshot": false }' > "$OPENCODE_CONFIG"
printf -- '---\\ndescription: Late\\n---\\nSay it late.\\n' > "$STAGED/command/late-command.md"
echo '{ "fromahook": { "type": "api", "key": "k-from-a-hook" } }' > "$data/auth.json"
`,
      },
      agent: {
        warm: { process: "auto" },
        config: {
          provider: {
            fromahook: { npm: "@ai-sdk/openai-compatible", name: "From a hook", models: { m: {} } },
          },
        },
      },
    });
    const custom = join(sandbox.folder, "custom.json");
    const staged = join(sandbox.folder, "state/agent/config");
    const boot = await sandbox.boot({ env: { STAGED: staged, OPENCODE_CONFIG: custom } });
    await warmedUp(boot);
    await gate.open();
    await boot.until("boot.ready");

    const askAgent = async (path: string) => JSON.parse((await sandbox.askAgent(path)).body);
    expect(await askAgent("/config")).toMatchObject({ username: "from-a-hook", snapshot: false });
    const names = async (path: string) =>
      (await askAgent(path)).map(({ name }: { name: string }) => name);
    expect(await names("/agent")).toContain("late-agent");
    expect(await names("/command")).toContain("late-command");
    const { providers } = await askAgent("/config/providers");
    expect(providers).toContainEqual(
      expect.objectContaining({ id: "fromahook", key: "k-from-a-hook" }),
    );
    expect(boot.events.filter(({ type }) => type === "phase.warning")).toEqual([]);
  });

  it("C4: the global configuration, which a warmed-up agent remembers, costs a restart", async () => {
    const gate = await Gate.create();
    const sandbox = await Sandbox.create({
      files: {
        ".openinspect/start.sh": `
${gate.wait}
echo '{ "username": "from-a-hook" }' > "$HOME/.config/opencode/opencode.json"
cp "$LATE_TOOL" "$STAGED/tool/late.js"
`,
      },
      agent: { warm: { process: "auto" } },
    });
    await writeFiles(sandbox.folder, { "late.js": LATE_TOOL });
    const staged = join(sandbox.folder, "state/agent/config");
    const boot = await sandbox.boot({
      env: { STAGED: staged, LATE_TOOL: join(sandbox.folder, "late.js") },
    });
    await warmedUp(boot);
    await gate.open();
    await boot.until("boot.ready");
    expect(JSON.parse((await sandbox.askAgent("/config")).body).username).toBe("from-a-hook");
    expect(JSON.parse((await sandbox.askAgent("/experimental/tool/ids")).body)).toContain("late");
    boot.signal("SIGTERM");
    await boot.ended();
    expect((await boot.report()).agent?.restarts).toEqual([
      {
        reason: "the hooks changed what it had read at its start",
        paths: [join(sandbox.home, ".config/opencode/opencode.json"), join(staged, "tool/late.js")],
      },
    ]);
  });
});

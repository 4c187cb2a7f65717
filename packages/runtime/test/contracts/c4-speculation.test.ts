import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { RunningSandboot } from "../support/sandboot.ts";
import { Sandbox } from "../support/sandbox.ts";

const LATE_TOOL = `export default {
  description: "A tool that a hook brings",
  args: {},
  async execute() { return "late" },
}
`;

/** Everything that OpenCode reads at its start or later, written by a hook when the process has long been up. */
const WRITES_EVERYTHING = `
while [ ! -e "$GATE/go" ]; do sleep 0.02; done
config="$HOME/.config/opencode" data="$HOME/.local/share/opencode" staged="$STAGED"
mkdir -p "$config/agent" "$data" "$staged/tool" "$staged/command"
echo '{ "username": "from-a-hook" }' > "$config/opencode.json"
printf -- '---\\ndescription: Late\\nmode: primary\\n---\\nBe late.\\n' > "$config/agent/late-agent.md"
echo '{ "share": "disabled" }' > "$staged/opencode.json"
echo '{ "snapshot": false }' > "$OPENCODE_CONFIG"
cp "$GATE/late.js" "$staged/tool/late.js"
printf -- '---\\ndescription: Late\\n---\\nSay it late.\\n' > "$staged/command/late-command.md"
echo '{ "fromahook": { "type": "api", "key": "k-from-a-hook" } }' > "$data/auth.json"
`;

async function gated(sandbox: Sandbox): Promise<{ gate: string; boot: RunningSandboot }> {
  const gate = join(sandbox.folder, "gate");
  await mkdir(gate);
  await writeFile(join(gate, "late.js"), LATE_TOOL);
  const staged = join(sandbox.folder, "state/agent/config");
  const boot = await sandbox.boot({
    env: { GATE: gate, STAGED: staged, OPENCODE_CONFIG: join(gate, "custom.json") },
  });
  await boot.until("phase.ended", ({ id }) => id === "agent.listening");
  return { gate, boot };
}

const sessionDetail = async (boot: RunningSandboot) =>
  (await boot.until("phase.ended", ({ id }) => id === "agent.session")).detail;

describe("C4: speculation is validated", () => {
  it("C4: what the driver says is read again is read again by the real agent, without a restart", async () => {
    const sandbox = await Sandbox.create({
      files: { ".openinspect/start.sh": WRITES_EVERYTHING },
      agent: {
        config: {
          provider: {
            fromahook: { npm: "@ai-sdk/openai-compatible", name: "From a hook", models: { m: {} } },
          },
        },
      },
    });
    const { gate, boot } = await gated(sandbox);
    await writeFile(join(gate, "go"), "");
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

    const staged = join(sandbox.folder, "state/agent/config");
    expect((await sessionDetail(boot))["changedSinceSpawn"]).toEqual([
      join(gate, "custom.json"),
      join(sandbox.home, ".config/opencode/agent/late-agent.md"),
      join(sandbox.home, ".config/opencode/opencode.json"),
      join(sandbox.home, ".local/share/opencode/auth.json"),
      join(staged, "command/late-command.md"),
      join(staged, "opencode.json"),
      join(staged, "tool/late.js"),
    ]);
    expect(boot.events.filter(({ type }) => type === "phase.warning")).toEqual([]);
    boot.signal("SIGTERM");
    await boot.ended();
    expect((await boot.report()).agent?.restarts).toEqual([]);
  });

  it("C4: what it does not read again, its environment, costs a restart that the report explains", async () => {
    const sandbox = await Sandbox.create({
      files: {
        ".openinspect/start.sh": `while [ ! -e "$GATE/go" ]; do sleep 0.02; done
          echo "GREETING=from the env file" > "$GATE/agent.env"\n`,
      },
      agent: { envFile: "gate/agent.env", config: { username: "{env:GREETING}" } },
    });
    const { gate, boot } = await gated(sandbox);
    const { pid } = (await boot.until("agent.changed", ({ agent }) => agent.pid !== null)).agent;
    await writeFile(join(gate, "go"), "");
    await boot.until("boot.ready");
    expect(JSON.parse((await sandbox.askAgent("/config")).body).username).toBe("from the env file");
    boot.signal("SIGTERM");
    await boot.ended();
    const { agent, warnings } = await boot.report();
    const envFile = join(gate, "agent.env");
    expect(agent?.restarts).toEqual([
      { reason: "the hooks changed what it had read at its start", paths: [envFile] },
    ]);
    expect(agent?.pid).not.toBe(pid);
    expect(warnings).toContainEqual({
      phase: "agent.session",
      message: expect.stringContaining(envFile),
    });
  });
});

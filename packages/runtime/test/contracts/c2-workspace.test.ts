import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Gate } from "../support/gate.ts";
import { Sandbox } from "../support/sandbox.ts";

/**
 * A hook that waits for the test, so that the agent has enough time to look too early. Then it writes the config that the
 * agent must see, and copies the agent's log.
 */
const patientStartSh = (gate: Gate) => `#!/bin/bash
set -eu
${gate.wait}
echo '{ "username": "from-start-sh" }' > opencode.json
logs="$HOME/.local/share/opencode/log"
# The agent writes its log with a delay. An empty log would prove nothing.
until grep -qs "loading path=" "$logs"/*.log; do sleep 0.02; done
cat "$logs"/*.log > "$HOME/agent.log"
`;

describe("C2: no request makes the agent read the workspace before every hook of every repository has ended", () => {
  it("C2: the agent uses the config that start.sh wrote, and did not read the workspace before", async () => {
    const gate = await Gate.create();
    const sandbox = await Sandbox.create({
      files: {
        ".openinspect/start.sh": { text: patientStartSh(gate), mode: 0o755 },
        ".gitignore": "opencode.json\n",
      },
      agent: { warm: { process: "auto" } },
    });

    const boot = await sandbox.boot();
    await boot.until("phase.ended", ({ id }) => id === "agent.listening");
    expect(boot.position("phase.ended", ({ id }) => id === "hook.start:demo")).toBe(-1);
    await gate.open();
    await boot.until("boot.ready");

    const agentLog = await readFile(join(sandbox.home, "agent.log"), "utf8");
    expect(agentLog).toContain("loading path=");
    // It may have worked in the folder of the warm-up by then, and nowhere else.
    const decoy = join(sandbox.folder, "state/decoy");
    const instances = agentLog.match(/creating instance.*directory=\S+/g) ?? [];
    expect(instances.filter((line) => !line.includes(`directory=${decoy}`))).toEqual([]);
    expect(agentLog).not.toContain(sandbox.repository);

    const config = JSON.parse((await sandbox.askAgent("/config")).body);
    expect(config.username).toBe("from-start-sh");

    const started = boot.position("phase.started", ({ id }) => id === "agent.session");
    const hookEnded = boot.position("phase.ended", ({ id }) => id === "hook.start:demo");
    expect(hookEnded).toBeGreaterThan(-1);
    expect(started).toBeGreaterThan(hookEnded);

    boot.signal("SIGTERM");
    expect((await boot.ended()).exitCode).toBe(0);
  });
});

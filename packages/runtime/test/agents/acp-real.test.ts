import { execFileSync } from "node:child_process";
import { readlinkSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { tryAcpAgent } from "../../../../scripts/acp-agents.mjs";
import {
  type AcpAgentName,
  acpConfigFor,
} from "../../../../test/support/model-server/acp-config.ts";
import { ANSWER, startModelServer } from "../../../../test/support/model-server/model-server.ts";
import { familyOf, isAlive } from "../../../../test/support/process-table.ts";
import { AcpClient } from "../support/acp-client.ts";
import { Gate } from "../support/gate.ts";
import { buildOwnStage } from "../support/own-stage.ts";
import { Sandbox } from "../support/sandbox.ts";

const examples = join(import.meta.dirname, "../../../../examples/agents");

/** The slowest one takes 10 s of CPU for its first answer. */
const LONGEST_MS = 300_000;

const SKILL = "Greets people as the image says.";
const INSTRUCTIONS = "Speak as the instructions of the image say.";

/**
 * `restarts`: whether it is started again when a hook writes the file that names its model, because it does not read it for a
 * session. `comeBack`: how a client comes back to its session; null where the agent finds no session of its own again.
 */
const agents = [
  { name: "claude", restarts: 0, comeBack: "resumeSession" },
  { name: "codex", restarts: 1, comeBack: "resumeSession" },
  { name: "gemini", restarts: 1, comeBack: null },
] as const satisfies readonly {
  readonly name: AcpAgentName;
  readonly restarts: number;
  readonly comeBack: "resumeSession" | null;
}[];

// OpenCode is in acp-opencode.test.ts.
describe("agents/acp: the real agents", () => {
  it.for(agents)(
    "C1, C2, C4, C8: $name waits in a neutral folder, reads what a hook wrote, answers through /acp, and is ended whole",
    { timeout: LONGEST_MS },
    async ({ name, restarts, comeBack }, { skip }) => {
      const found = await tryAcpAgent(name);
      if ("missing" in found) return skip(found.missing);
      const model = await startModelServer();
      onTestFinished(() => model[Symbol.asyncDispose]());
      const { keys, authMethod, file, text } = acpConfigFor(name, model);
      const gate = await Gate.create();
      const sandbox = await Sandbox.create({
        files: {
          ".openinspect/start.sh": [
            gate.wait,
            `mkdir -p "$HOME/${dirname(file)}"`,
            `cat > "$HOME/${file}" << 'END'\n${text}\nEND\n`,
          ].join("\n"),
        },
        agentKind: "acp",
        agent: {
          preset: name,
          command: found.command,
          requireAuth: true,
          instructions: "instructions.md",
          ...(authMethod === null ? { env: keys } : { auth: { [authMethod]: keys } }),
        },
      });
      await writeFile(join(sandbox.folder, "instructions.md"), INSTRUCTIONS);
      sandbox.config["stage"] = { dir: await stageOf(name, sandbox.folder) };
      // Some leave files there.
      const boot = await sandbox.boot({ env: { TMPDIR: sandbox.folder } });
      await boot.until("phase.ended", ({ id }) => id === "agent.listening");
      const { agent: early } = await boot.until("agent.changed", ({ agent }) => agent.pid !== null);
      const started = familyOf(early.pid ?? 0, sandbox.left());
      const folders = started.flatMap(({ pid }) => folderOf(pid));
      // The server before it, and no second one of its own.
      const [program = ""] = found.command;
      expect(started.filter(({ command }) => command.includes(basename(program)))).toHaveLength(2);
      expect(folders.filter((folder) => folder.startsWith(sandbox.repository))).toEqual([]);
      await gate.open();

      await boot.until("boot.ready");
      expect(boot.position("phase.started", ({ id }) => id === "agent.session")).toBeGreaterThan(
        boot.position("phase.ended", ({ id }) => id === "hook.start:demo"),
      );
      const last = boot.events.findLast((event) => event.type === "agent.changed")?.agent;
      expect(last?.restarts).toHaveLength(restarts);

      const client = await AcpClient.connect({ port: sandbox.bridgePort });
      const { sessionId } = await client.newSession(sandbox.repository);
      expect(sessionId).toBe(last?.sessionId);
      expect(await client.prompt(sessionId, "What do you say?")).toMatchObject({
        stopReason: "end_turn",
      });
      expect(client.heard.map((line) => line.replace(`${sessionId}: `, "")).join("")).toContain(
        ANSWER.join(""),
      );
      client.close();
      const again = await AcpClient.connect({ port: sandbox.bridgePort, by: "http" });
      if (comeBack !== null) await again[comeBack](sessionId, sandbox.repository);
      const { stopReason } = await again.prompt(sessionId, "And now?");
      expect(stopReason).toBe("end_turn");
      again.close();
      const asked = JSON.stringify(model.requests.map(({ body }) => body));
      expect(asked).toContain(INSTRUCTIONS);
      expect(asked).toContain(SKILL);
      const status = execFileSync("git", ["status", "--porcelain"], { cwd: sandbox.repository });
      expect(status.toString()).toBe("");

      const family = familyOf(last?.pid ?? 0, sandbox.left());
      const front = family.find(({ parent }) => parent === last?.pid);
      process.kill(front?.pid ?? 0, "SIGKILL");
      await boot.until(
        "agent.changed",
        ({ agent }) => agent.restarts.length > restarts && agent.pid !== null,
      );
      expect(family.filter(({ pid }) => isAlive(pid))).toEqual([]);
      boot.signal("SIGTERM");
      expect((await boot.ended()).exitCode).toBe(0);
      expect(sandbox.left()).toEqual([]);
    },
  );
});

/** Builds a stage with a skill, where the example's plan puts skills. @returns its folder */
async function stageOf(name: AcpAgentName, folder: string): Promise<string> {
  const { entries } = JSON.parse(await readFile(join(examples, name, "stage.plan.json"), "utf8"));
  const skill = `---\nname: greet\ndescription: ${SKILL}\n---\nSay hello.\n`;
  return await buildOwnStage(folder, { extra: { "skills/greet/SKILL.md": skill }, entries });
}

/** None when the process has ended: Claude Code asks a short-lived one who is logged in. */
function folderOf(pid: number): string[] {
  try {
    return [readlinkSync(`/proc/${pid}/cwd`)];
  } catch {
    return [];
  }
}

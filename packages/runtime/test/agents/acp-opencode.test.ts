import { execFileSync } from "node:child_process";
import { readlinkSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ANSWER, startModelServer } from "../../../../test/support/model-server/model-server.ts";
import { openCodeConfigFor } from "../../../../test/support/model-server/opencode-config.ts";
import { familyOf, isAlive } from "../../../../test/support/process-table.ts";
import { NpmRegistry } from "../fixtures/npm-registry.ts";
import { AcpClient } from "../support/acp-client.ts";
import { expectNothingOfDecoy } from "../support/decoy.ts";
import { Gate } from "../support/gate.ts";
import { Sandbox } from "../support/sandbox.ts";
import { openCodeBin } from "../support/stage.ts";

/** Imports the agent's own package, and one that the repository declares. */
const TOOL = `import { tool } from "@opencode-ai/plugin";
import { z } from "zod";
export default tool({ description: "Of the repository", args: { a: z.string() }, async execute() { return ""; } });
`;
const LATE_SKILL = "A skill that a hook has written.";
const INSTRUCTIONS = "Speak as the instructions of the image say.";

/** Some seven starts, sessions and prompts, of seconds of CPU each. */
const LONGEST_MS = 300_000;

it("C1, C2, C4, C8: OpenCode by ACP is warmed up, has packages and catalogue from the stage, keys and configuration, two doors, and is ended whole", {
  timeout: LONGEST_MS,
}, async () => {
  await using model = await startModelServer();
  await using registry = await NpmRegistry.start([]);
  registry.behaviour = { id: "black-hole" };
  const gate = await Gate.create();
  const skill = "$HOME/.config/opencode/skills/late";
  const sandbox = await Sandbox.create({
    files: {
      ".openinspect/start.sh": [
        gate.wait,
        `mkdir -p "${skill}"`,
        `printf -- '---\\nname: late\\ndescription: ${LATE_SKILL}\\n---\\n' > "${skill}/SKILL.md"`,
      ].join("\n"),
      ".opencode/package.json": JSON.stringify({ dependencies: { zod: "^4.0.0" } }),
      ".opencode/tool/own.js": TOOL,
    },
    agent: {
      kind: "acp",
      preset: "opencode",
      command: [openCodeBin, "acp"],
      // Its start is seconds of CPU.
      readySeconds: LONGEST_MS / 1000,
      warm: { process: "auto" },
      instructions: "instructions.md",
      config: openCodeConfigFor(model),
      auth: { openai: { type: "api", key: "a-key-of-the-user" } },
    },
  });
  await writeFile(join(sandbox.folder, "instructions.md"), INSTRUCTIONS);
  const boot = await sandbox.boot({ env: { npm_config_registry: registry.url } });
  const decoy = await boot.until("phase.ended", ({ id }) => id === "agent.warm:decoy");
  expect(decoy).toMatchObject({ status: "done", detail: {} });
  // C2: the hook has not ended.
  const agents = sandbox.left().filter(({ command }) => command.includes(" acp --hostname "));
  const neutral = join(sandbox.folder, "state/neutral");
  expect(agents.map(({ pid }) => readlinkSync(`/proc/${pid}/cwd`))).toEqual([neutral, neutral]);
  expect(model.requests).toEqual([]);
  await gate.open();

  await boot.until("boot.warm");
  const { agent } = await boot.until("agent.changed", (event) => event.agent.sessionId !== null);
  expect(agent).toMatchObject({
    version: "1.18.33",
    catalogue: { source: "staged" },
    restarts: [],
  });
  const client = await AcpClient.connect({ port: sandbox.bridgePort });
  const { sessionId } = await client.newSession(sandbox.repository);
  expect(sessionId).toBe(agent.sessionId);
  expect(await client.prompt(sessionId, "Hello?")).toMatchObject({ stopReason: "end_turn" });
  await client.hears(sessionId, ANSWER.at(-1) ?? "");
  client.close();
  const again = await AcpClient.connect({ port: sandbox.bridgePort, by: "http" });
  await again.resumeSession(sessionId, sandbox.repository);
  const asked = JSON.stringify(model.requests.map(({ body }) => body));
  for (const text of [INSTRUCTIONS, LATE_SKILL, "Of the repository"]) expect(asked).toContain(text);
  const auth = join(sandbox.home, ".local/share/opencode/auth.json");
  expect(JSON.parse(await readFile(auth, "utf8")).openai.key).toBe("a-key-of-the-user");
  await expectNothingOfDecoy(sandbox, model);
  await expectBothDoors(sandbox, again, sessionId);
  again.close();

  expect(registry.requests).toEqual([]);
  const status = execFileSync("git", ["status", "--porcelain"], { cwd: sandbox.repository });
  expect(status.toString()).toBe("");
  expect(boot.events.filter(({ type }) => type === "phase.warning")).toEqual([]);

  const family = familyOf(agent.pid ?? 0, sandbox.left());
  const front = family.find(({ parent }) => parent === agent.pid);
  process.kill(front?.pid ?? 0, "SIGKILL");
  await boot.until(
    "agent.changed",
    (event) => event.agent.restarts.length > 0 && event.agent.pid !== null,
  );
  expect(family.filter(({ pid }) => isAlive(pid))).toEqual([]);
  boot.signal("SIGTERM");
  expect((await boot.ended()).exitCode).toBe(0);
  expect(sandbox.left()).toEqual([]);
});

/** What is asked in OpenCode's HTTP API is heard by ACP, and a session that was made there is found. */
async function expectBothDoors(sandbox: Sandbox, client: AcpClient, sessionId: string) {
  const post = async (path: string, body: object) => {
    const answer = await sandbox.ask(path, { method: "POST", body });
    expect(answer.status).toBe(200);
    return answer.json() as { readonly id: string; readonly directory: string };
  };
  const question = { parts: [{ type: "text", text: "Hello? What do you say over HTTP?" }] };
  await post(`/session/${sessionId}/message`, question);
  await client.hears(sessionId, ANSWER.at(-1) ?? "");
  const { id, directory } = await post("/session", {});
  expect(directory).toBe(sandbox.repository);
  await post(`/session/${id}/message`, question);
  await client.loadSession(id, sandbox.repository);
  await client.hears(id, ANSWER.join(""));
}

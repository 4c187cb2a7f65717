import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "jsonc-parser";
import { expect, it } from "vitest";
import { tryAcpAgent } from "../../../../scripts/acp-agents.mjs";
import { Sandbox } from "../support/sandbox.ts";

const example = join(
  import.meta.dirname,
  "../../../../examples/agents/sandbox-agent/sandboot.jsonc",
);

it("examples/agents/sandbox-agent: it boots, answers through the bridge, and is ended", async ({
  skip,
}) => {
  const found = await tryAcpAgent("sandbox-agent");
  if ("missing" in found) return skip(found.missing);
  const { agent } = parse(await readFile(example, "utf8"));
  const [, ...args] = agent.command;
  const sandbox = await Sandbox.create({
    agentKind: "fixture",
    agent: { ...agent, command: [...found.command, ...args] },
  });
  const boot = await sandbox.boot();
  await boot.until("boot.ready");
  expect((await sandbox.ask("/v1/health")).body).toContain("ok");
  boot.signal("SIGTERM");
  expect((await boot.ended()).exitCode).toBe(0);
  expect(sandbox.left()).toEqual([]);
});

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { failedWith } from "../../src/base/failed.ts";
import { adoptPhases, bootPhases, planBoot, planOf } from "../../src/boot/phases/table.ts";
import { bindConfig } from "../../src/config/bind.ts";
import { loadConfig } from "../../src/config/load.ts";
import { bindingSchema } from "../../src/protocol/binding.ts";
import { scratchFolder } from "../support/scratch.ts";

async function load(file: object, env: Readonly<Record<string, string>> = {}) {
  const cwd = await scratchFolder();
  await writeFile(join(cwd, "sandboot.json"), JSON.stringify(file));
  return await loadConfig({ cwd, env });
}

async function problems(file: object) {
  try {
    await load(file);
  } catch (error) {
    if (!failedWith(error, "bad-input")) throw error;
    return error.value.problems.map(({ key, expected, found }) => ({ key, expected, found }));
  }
  return [];
}

const claude = { id: "claude", kind: "acp", preset: "claude" };
const codex = { id: "codex", kind: "acp", preset: "codex" };
const open = { id: "open", kind: "acp", preset: "opencode" };

describe("agents[]", () => {
  it("one is the primary one, by default the first; ports are given in order", async () => {
    const first = await load({ agents: [claude, codex, { id: "open" }] });
    expect(first.agent).toMatchObject({ id: "claude", isPrimary: true, port: 4096 });
    expect(first.otherAgents).toMatchObject([
      { id: "codex", isPrimary: false, port: 4097, command: ["codex-acp"] },
      { id: "open", kind: "opencode", port: 4098, start: "speculative" },
    ]);
    const second = await load({ agents: [claude, { ...codex, primary: true, port: 5000 }] });
    expect([second.agent.id, second.agent.port]).toEqual(["codex", 5000]);
    expect(second.otherAgents.map(({ id, port }) => [id, port])).toEqual([["claude", 4097]]);
    expect((await load({ agent: { port: 5000 } })).agent).toMatchObject({ id: null, port: 5000 });
  });

  it.each([
    ["both forms", { agent: {}, agents: [claude] }, "agents", "both"],
    ["an empty list", { agents: [] }, "agents", "a list"],
    ["no list", { agents: { claude } }, "agents", "an object"],
    ["an id twice", { agents: [claude, { ...claude, port: 1234 }] }, "agents", '"claude" twice'],
    [
      "two primary ones",
      {
        agents: [
          { ...claude, primary: true },
          { ...codex, primary: true },
        ],
      },
      "agents",
      "claude, codex",
    ],
    ["a wrong id", { agents: [{ ...claude, id: "A b" }] }, "agents.0.id", 'a string ("A b")'],
    [
      "a taken id",
      { agents: [{ ...claude, id: "binding" }] },
      "agents.0.id",
      'a string ("binding")',
    ],
    ["a wrong key", { agents: [{ ...claude, prot: 1 }] }, "agents.0.prot", "a number (1)"],
    [
      "a port twice",
      { agents: [claude, { ...codex, port: 4096 }] },
      "agents.codex.port",
      "4096, as agents.claude.port",
    ],
    ["no command", { agents: [claude, { id: "x", kind: "acp" }] }, "agents.x.command", "nothing"],
    [
      "other instructions in one home",
      { agents: [claude, { ...claude, id: "again", instructions: "a.md" }] },
      "agents.again.home",
      "the environment's HOME",
    ],
    [
      "other keys in one home",
      {
        agents: [
          { id: "one", auth: { house: { type: "api", key: "a" } } },
          { id: "two", auth: { house: { type: "api", key: "b" } } },
        ],
      },
      "agents.two.home",
      "the environment's HOME",
    ],
    [
      "other keys in one home, by HTTP and by ACP",
      {
        agents: [
          { id: "one", auth: { house: { type: "api", key: "a" } } },
          { ...open, auth: { house: { type: "api", key: "b" } } },
        ],
      },
      "agents.open.home",
      "the environment's HOME",
    ],
    [
      "OpenCode's configuration for another agent",
      { agents: [{ ...claude, config: { model: "x/y" } }] },
      "agents.claude.config",
      "an object",
    ],
    [
      "two ways to authenticate",
      { agents: [{ ...codex, auth: { one: {}, two: {} } }] },
      "agents.codex.auth",
      "one, two",
    ],
    [
      "two that one binding would change, by HTTP and by ACP",
      { mode: "seed", agents: [{ id: "one" }, open] },
      "agents.open.kind",
      "another",
    ],
    [
      "two that one binding would change",
      { mode: "seed", agents: [{ id: "one" }, { id: "two" }] },
      "agents.two.kind",
      "another",
    ],
  ])("refuses %s", async (_, file, key, found) => {
    expect(await problems(file)).toMatchObject([{ key, found }]);
  });

  it("OpenCode by ACP has OpenCode's settings, and its MCP servers by session", async () => {
    const auth = { one: { type: "api", key: "a" }, two: { type: "api", key: "b" } };
    const given = { config: { model: "x/y" }, providers: ["x"], catalogue: "full", auth };
    const session = {
      model: "x/z",
      permission: { bash: "deny" },
      mcp_servers: [{ name: "docs", command: ["docs-mcp"] }],
    };
    const env = { SESSION_CONFIG: JSON.stringify(session) };
    const { agent } = await load({ agents: [{ ...open, ...given }] }, env);
    expect(agent).toMatchObject({ ...given, config: {}, mcp: [{ name: "docs" }] });
    expect(agent.config).toEqual({ model: "x/z", permission: { bash: "deny" } });
  });

  it("the session is for all, a binding's own settings for the primary one, and {env:NAME} for each", async () => {
    const file = {
      mode: "seed",
      repositories: [{ name: "web", url: "/origins/web.git" }],
      agents: [claude, { ...codex, auth: { "api-key": { OPENAI_API_KEY: "{env:KEY}" } } }],
    };
    const seed = await load(file, { KEY: "of the seed" });
    expect(seed.otherAgents[0]?.auth).toEqual({ "api-key": { OPENAI_API_KEY: "of the seed" } });
    const binding = bindingSchema.parse({
      agent: { env: { A: "1" } },
      session: { mcp_servers: [{ name: "docs", command: ["docs-mcp"] }] },
    });
    const bound = bindConfig(seed, binding, { id: "b", source: "test" });
    if (bound.id !== "bound") throw new Error(JSON.stringify(bound.problems));
    const { agent, otherAgents } = bound.config;
    expect([agent.env["A"], otherAgents[0]?.env["A"]]).toEqual(["1", undefined]);
    expect([agent, ...otherAgents].map(({ mcp }) => mcp.map(({ name }) => name))).toEqual([
      ["docs"],
      ["docs"],
    ]);
  });

  it("each has its binding, and neither the primary one's session nor the bridge waits for another's", async () => {
    const repositories = [{ name: "web", url: "/origins/web.git" }];
    const seed = await load({ mode: "seed", repositories, agents: [claude, codex] });
    const bound = bindConfig(seed, bindingSchema.parse({}), { id: "b", source: "test" });
    if (bound.id !== "bound") throw new Error(JSON.stringify(bound.problems));
    const seeded = bootPhases(seed).map(({ plan }) => plan.id);
    const { phases, allNeeds } = planOf(adoptPhases(bound.config), seeded);
    const of = (id: string) => phases.find((phase) => phase.id === id);
    expect(of("agent.binding")).toMatchObject({ needs: [], required: true });
    expect(of("agent.binding:codex")).toMatchObject({ needs: [], required: false });
    expect(of("agent.session:codex")?.needs).toContain("agent.binding:codex");
    expect(of("agent.session")?.needs).toContain("agent.binding");
    // No prompt passes before what can still fail the binding has ended.
    expect(of("bridge")?.needs).toEqual(["binding", "agent.session"]);
    const before = [...(allNeeds.get("ready") ?? [])];
    expect(before.filter((id) => id.endsWith(":codex"))).toEqual([]);
  });

  it("a binding's agents has settings for each, and what is fixed for agent is fixed for all", async () => {
    const file = {
      mode: "seed",
      repositories: [{ name: "web", url: "/origins/web.git" }],
      agents: [{ id: "open" }, { ...codex, env: { A: "seed", B: "seed" } }],
    };
    const bind = async (document: object, fixed: readonly string[] = []) => {
      const seed = await load({ ...file, binding: { fixed } });
      return bindConfig(seed, bindingSchema.parse(document), { id: "b", source: "test" });
    };
    const refused = async (document: object, ...fixed: string[]) => {
      const outcome = await bind(document, fixed);
      if (outcome.id === "bound") throw new Error("it was bound");
      return outcome.problems.map(({ key, expected, found }) => `${key}: ${expected}; ${found}`);
    };
    const key = { "api-key": { OPENAI_API_KEY: "{env:KEY}" } };
    const bound = await bind({
      env: { KEY: "of the tenant" },
      agents: {
        open: { config: { model: "a/b" } },
        codex: { env: { A: "tenant" }, auth: key },
      },
    });
    if (bound.id !== "bound") throw new Error(JSON.stringify(bound.problems));
    const { agent, otherAgents } = bound.config;
    expect(agent).toMatchObject({ config: { model: "a/b" }, auth: {} });
    expect(agent.env["A"]).toBeUndefined();
    expect(otherAgents[0]).toMatchObject({
      env: { A: "tenant", B: "seed" },
      auth: { "api-key": { OPENAI_API_KEY: "of the tenant" } },
    });
    const codexOnly = { agents: { codex: { env: { A: "b" } } } };
    for (const fixed of ["agent", "agent.env", "agents"]) {
      const expected = `nothing, because the seed's own config fixes ${fixed} (binding.fixed)`;
      expect((await refused(codexOnly, fixed))[0]).toContain(expected);
    }
    expect((await bind(codexOnly, ["agent.auth"])).id).toBe("bound");
    expect(await refused({ agents: { gemini: {}, constructor: {} } })).toEqual([
      "agents.gemini: one of open, codex; another id",
      "agents.constructor: one of open, codex; another id",
    ]);
    expect(await refused({ agent: {}, agents: { open: {} } })).toEqual([
      "agents.open: nothing, because agent is for open, too; an object",
    ]);
    expect(await refused({ agents: { codex: { config: { model: "a/b" } } } })).toEqual([
      "agents.codex.config: nothing: it is OpenCode's; an object",
    ]);
  });

  it("an agent that is not OpenCode reads a binding's session from its environment, whatever the primary one is", async () => {
    const repositories = [{ name: "web", url: "/origins/web.git" }];
    const seed = await load({ mode: "seed", repositories, agents: [{ id: "open" }, claude] });
    const session = { model: "x/y" };
    const bound = bindConfig(seed, bindingSchema.parse({ session }), { id: "b", source: "test" });
    if (bound.id !== "bound") throw new Error(JSON.stringify(bound.problems));
    expect(bound.config.env["SESSION_CONFIG"]).toBe(JSON.stringify(session));
  });

  it("each has its phases: the primary one starts first, the others need nothing of it after that, and are optional", async () => {
    const { phases, allNeeds } = planBoot(
      await load({ agents: [claude, codex], repositories: [{ name: "web", url: "/o/web.git" }] }),
    );
    const of = (id: string) => phases.find((phase) => phase.id === id);
    expect(of("agent.spawn:codex")).toMatchObject({
      needs: ["agent.home:codex", "agent.spawn"],
      required: false,
    });
    expect(of("agent.session:codex")).toMatchObject({
      needs: ["agent.home:codex", "agent.listening:codex", "hook.start:web"],
      required: false,
    });
    expect(of("agent.door:codex")).toMatchObject({ needs: ["agent.session:codex", "ready"] });
    expect(of("agent.door")).toBeUndefined();
    expect(of("agent.session")).toMatchObject({ required: true });
    expect([...(allNeeds.get("ready") ?? [])].filter((id) => id.endsWith(":codex"))).toEqual([]);
  });
});

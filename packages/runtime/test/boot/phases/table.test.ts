import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { adoptPhases, bootPhases, planBoot } from "../../../src/boot/phases/table.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { BOOT_MODES, type BootMode } from "../../../src/protocol/modes.ts";
import { phasePlanSchema } from "../../../src/protocol/phase.ts";
import { writeFiles } from "../../support/git.ts";
import { scratchFolder } from "../../support/scratch.ts";

/** A configuration with every phase. */
async function everything(mode: BootMode, agent: object = {}, stageDir = "/opt/stage") {
  const cwd = await scratchFolder();
  await writeFile(
    join(cwd, "sandboot.json"),
    JSON.stringify({
      stage: { dir: stageDir },
      repositories: [
        { name: "web", url: "/origins/web.git" },
        { name: "api", url: "/origins/api.git" },
      ],
      agent: {
        prefetch: "always",
        config: { mcp: { docs: { type: "local", command: ["npx", "-y", "docs-mcp"] } } },
        ...agent,
      },
      sidecars: [{ id: "db", command: ["postgres"], port: 5432, optional: true }],
    }),
  );
  return { cwd, config: await loadConfig({ cwd, env: {}, mode }) };
}

const idsIn = (phases: readonly { readonly id: string }[]) => phases.map(({ id }) => id);

const SEED = [
  "stage",
  "agent.home",
  "agent.spawn",
  "prefetch",
  "agent.listening",
  "agent.mcp",
  "sidecar.db",
];

const REPOSITORIES = {
  withSetup: ["web", "api"].flatMap((name) => [
    `workspace.sync:${name}`,
    `hook.setup:${name}`,
    `workspace.packages:${name}`,
    `hook.start:${name}`,
  ]),
  withoutSetup: ["web", "api"].flatMap((name) => [
    `workspace.sync:${name}`,
    `workspace.packages:${name}`,
    `hook.start:${name}`,
  ]),
};

const TENANT = [
  "workspace.assemble",
  "workspace.link",
  "agent.session",
  "bridge",
  "ready",
  "agent.warm:workspace",
  "agent.packages",
];
const WARM = "agent.warm:decoy";
const HOME = ["agent.home"];
const WELL_KNOWN = { "https://example.org": { type: "wellknown", key: "TOKEN", token: "t" } };

const EXPECTED: Readonly<Record<BootMode, readonly string[]>> = {
  fresh: [...SEED, ...REPOSITORIES.withSetup, ...TENANT, WARM],
  repo_image: [...SEED, ...REPOSITORIES.withoutSetup, ...TENANT, WARM],
  snapshot_restore: [...SEED, ...REPOSITORIES.withoutSetup, ...TENANT, WARM],
  build: [
    "stage",
    ...REPOSITORIES.withSetup.filter((id) => !id.startsWith("hook.start")),
    "agent.mcp",
    "build.record",
  ],
  seed: [...SEED.slice(0, 3), "agent.packages", ...SEED.slice(3), WARM],
};

describe("planBoot", () => {
  it.each(BOOT_MODES)("%s: has its phases, each after its needs", async (mode) => {
    const { phases } = planBoot((await everything(mode)).config);
    expect(idsIn(phases)).toEqual(EXPECTED[mode]);
    for (const [at, { needs }] of phases.entries()) {
      expect(idsIn(phases.slice(0, at))).toEqual(expect.arrayContaining(needs));
    }
  });

  it.each(BOOT_MODES)("%s: is data, and creates nothing", async (mode) => {
    const { cwd, config } = await everything(mode);
    const { phases } = planBoot(config);
    expect(phases.map((phase) => phasePlanSchema.strict().parse(structuredClone(phase)))).toEqual(
      phases,
    );
    expect(await readdir(cwd)).toEqual(["sandboot.json"]);
  });

  it.each(BOOT_MODES)(
    "C13: %s: every phase has a time limit, or runs what has one",
    async (mode) => {
      const limited =
        /^(workspace\.sync|hook\.(setup|start)|sidecar)[:.]|^agent\.(listening|session)$/;
      const instant = ["bridge", "ready"];
      const { phases } = planBoot((await everything(mode)).config);
      const without = phases.filter(({ timeoutMs }) => timeoutMs === undefined);
      expect(idsIn(without).filter((id) => !limited.test(id) && !instant.includes(id))).toEqual([]);
    },
  );

  it("hooks that take turns: every setup in order, then every start in order", async () => {
    const { config } = await everything("fresh");
    const { phases } = planBoot({ ...config, hooks: { ...config.hooks, order: "sequential" } });
    const needsOf = (id: string) => phases.find((one) => one.id === id)?.needs;
    expect(needsOf("hook.setup:web")).toEqual(["workspace.sync:web"]);
    expect(needsOf("hook.setup:api")).toEqual(["workspace.sync:api", "hook.setup:web"]);
    expect(needsOf("hook.start:web")).toEqual(["hook.setup:web", "hook.setup:api"]);
    expect(needsOf("hook.start:api")).toEqual(["hook.setup:api", "hook.start:web"]);
  });

  it("services and gates: hooks wait for the sidecars before them, start hooks also for gates; a build has neither", async () => {
    const service = { before: "hooks", command: ["true"] };
    const cwd = await scratchFolder();
    const file = {
      repositories: [{ name: "web", url: "/origins/web.git" }],
      hooks: { waitFor: [{ id: "tunnels", file: "tunnels.env" }] },
      sidecars: [
        { id: "display", provides: { DISPLAY: ":1" }, ...service },
        { id: "windows", after: ["display"], ...service },
      ],
    };
    await writeFile(join(cwd, "sandboot.json"), JSON.stringify(file));
    const config = await loadConfig({ cwd, env: {}, mode: "fresh" });
    const { phases } = planBoot(config);
    const needsOf = (id: string) => phases.find((one) => one.id === id)?.needs;
    const services = ["sidecar.display", "sidecar.windows"];
    expect(needsOf("sidecar.display")).toEqual([]);
    expect(needsOf("sidecar.windows")).toEqual(["sidecar.display"]);
    expect(needsOf("hook.setup:web")).toEqual(["workspace.sync:web", ...services]);
    expect(needsOf("hook.start:web")).toEqual(["hook.setup:web", ...services, "wait.tunnels"]);
    expect(config.env).toEqual({ DISPLAY: ":1" });
    const build = planBoot(await loadConfig({ cwd, env: {}, mode: "build" }));
    expect(build.phases.find(({ id }) => id === "hook.setup:web")?.needs).toEqual([
      "workspace.sync:web",
    ]);
    expect(idsIn(build.phases)).not.toContain("wait.tunnels");
  });

  it("ends prefetch when the agent starts, which may be after the hooks", async () => {
    const { config } = await everything("fresh", { start: "after-hooks" });
    const { phases } = planBoot(config);
    const phase = (id: string) => phases.find((one) => one.id === id);
    expect(phase("prefetch")).toMatchObject({ needs: [], until: ["agent.spawn"] });
    const hooks = ["hook.start:web", "hook.start:api"];
    expect(phase("agent.home")?.needs).toEqual(["stage", ...hooks]);
    expect(phase("agent.spawn")?.needs).toEqual(["agent.home", ...hooks]);
  });

  it.each<[string, readonly string[], object, readonly string[]]>([
    ["beside the stage", ["config/tool/x.js", "global/package.json"], {}, []],
    ["after a stage with a file that it reads", ["config/x", "global/opencode.json"], {}, HOME],
    ["after the stage with an environment file", ["config/x"], { envFile: "agent.env" }, HOME],
    ["after credentials that lead to configuration", ["config/x"], { auth: WELL_KNOWN }, HOME],
    ["beside other credentials", ["config/x"], { auth: { one: { type: "api", key: "k" } } }, []],
    ["after the stage when there is none yet", [], {}, HOME],
  ])("starts the agent %s", async (_, files, agent, needs) => {
    const dir = await scratchFolder();
    for (const name of files) await writeFiles(join(dir, "files"), { [name]: "" });
    const { config } = await everything("fresh", agent, dir);
    const { phases } = planBoot(config);
    expect(phases.find(({ id }) => id === "agent.spawn")?.needs).toEqual(needs);
    // What makes it read the rest comes after it.
    for (const reader of ["agent.session", WARM]) {
      expect(phases.find(({ id }) => id === reader)?.needs).toContain("agent.home");
    }
  });

  it("of several agents with packages: links workspaces for the first one, and each home once", async () => {
    const cwd = await scratchFolder();
    const agents = [
      { id: "claude", kind: "acp", preset: "claude" },
      { id: "one", kind: "acp", preset: "opencode" },
      { id: "two", home: "home-of-two" },
      { id: "three", kind: "acp", preset: "opencode", home: "home-of-two" },
    ];
    const file = {
      stage: { dir: "/opt/stage" },
      repositories: [{ name: "web", url: "/o/web.git" }],
      agents,
    };
    await writeFile(join(cwd, "sandboot.json"), JSON.stringify(file));
    const { phases } = planBoot(await loadConfig({ cwd, env: {}, mode: "fresh" }));
    const needsOf = (id: string) => phases.find((one) => one.id === id)?.needs;
    const ofPackages = /^(?:workspace\.(?:link|packages)|agent\.packages)/;
    expect(idsIn(phases).filter((id) => ofPackages.test(id))).toEqual([
      "workspace.packages:web",
      "workspace.link",
      "workspace.link:two",
      "agent.packages",
      "agent.packages:two",
    ]);
    expect(needsOf("agent.packages")).toEqual(["ready", "agent.session:one"]);
    const linked = (id: string) => needsOf(id)?.filter((need) => ofPackages.test(need));
    expect(linked("agent.session")).toEqual([]);
    expect(linked("agent.session:one")).toEqual(["workspace.link"]);
    for (const id of ["agent.session:two", "agent.session:three"]) {
      expect(linked(id)).toEqual(["workspace.link", "workspace.link:two"]);
    }
  });

  it("has no phases that the config does not ask for", async () => {
    const config = await loadConfig({ cwd: await scratchFolder(), env: {} });
    expect(idsIn(planBoot(config).phases)).toEqual([
      "stage",
      "agent.home",
      "agent.spawn",
      "agent.listening",
      "agent.session",
      "bridge",
      "ready",
      "agent.warm:workspace",
    ]);
  });

  it("has no warm-up that the config does not want", async () => {
    const off = { warm: { process: "off", workspace: "off" } };
    const { config } = await everything("fresh", off);
    expect(idsIn(planBoot(config).phases).filter((id) => id.includes("warm"))).toEqual([]);
  });

  it("warms the agent up until it is needed; in a seed until it is warm", async () => {
    const until = async (mode: BootMode) => {
      const { phases } = planBoot((await everything(mode)).config);
      return phases.find(({ id }) => id === WARM)?.until;
    };
    expect(await until("fresh")).toEqual(["agent.session"]);
    expect(await until("seed")).toBeUndefined();
    const waits = await everything("fresh", { start: "after-hooks" });
    expect(idsIn(planBoot(waits.config).phases)).not.toContain(WARM);
  });
});

describe("adoptPhases", () => {
  it("fetch the packages of MCP servers that the seed does not know", async () => {
    const seed = (await everything("seed")).config;
    const mcpOf = (mcp: object) => {
      const bound = { id: "claim-7", seedEnv: {} };
      const agent = { ...seed.agent, config: { ...seed.agent.config, mcp } as never };
      const phases = adoptPhases({ ...seed, agent, bound });
      return phases.filter(({ plan: { id } }) => id.startsWith("agent.mcp")).length;
    };
    const known = seed.agent.config["mcp"] as object;
    expect(mcpOf(known)).toBe(0);
    const server = { type: "local", command: ["npx", "-y", "of-the-tenant"] };
    expect(mcpOf({ ...known, server })).toBe(1);
  });

  it("are the phases that a seed lacks", async () => {
    const fresh = bootPhases((await everything("fresh")).config);
    const seed = bootPhases((await everything("seed")).config);
    const adopt = adoptPhases((await everything("seed")).config);
    const ids = (phases: typeof fresh) => idsIn(phases.map(({ plan }) => plan));
    // A seed copies packages while it waits, an ordinary boot after the session.
    const others = (all: readonly string[]) => all.filter((id) => id !== "agent.packages");
    expect([...others(ids(seed)), ...ids(adopt)].sort()).toEqual(others(ids(fresh)).sort());
  });
});

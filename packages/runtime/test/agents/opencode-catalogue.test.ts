import { createHash } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  type CatalogueChoice,
  type CatalogueSituation,
  chooseCatalogue,
  placeCatalogue,
  startCatalogue,
} from "../../src/agents/opencode/catalogue.ts";
import { agentPathsOf } from "../../src/agents/paths.ts";
import { loadConfig } from "../../src/config/load.ts";
import { RuntimeClient } from "../../src/protocol/client/index.ts";
import { Gate } from "../support/gate.ts";
import { writeFiles } from "../support/git.ts";
import type { RunningSandboot } from "../support/sandboot.ts";
import { Sandbox } from "../support/sandbox.ts";
import { scratchFolder } from "../support/scratch.ts";

/** Of the quickstart's plan, with `opencode`, which the agent offers unasked, and what shares a key with one of them. */
const STAGED = ["anthropic", "github-copilot", "google", "openai", "opencode", "opencode-go"];

const KEYS = {
  ANTHROPIC_API_KEY: "k",
  OPENAI_API_KEY: "k",
  GEMINI_API_KEY: "k",
  GITHUB_TOKEN: "k",
};

interface Provider {
  readonly id: string;
  readonly models: Readonly<Record<string, unknown>>;
}

const providersOf = async (sandbox: Sandbox): Promise<Provider[]> =>
  JSON.parse((await sandbox.askAgent("/config/providers")).body).providers;

/** The agent as it was reported last before the boot was ready. */
async function agentOf(boot: RunningSandboot) {
  await boot.until("boot.ready");
  return (await boot.until("agent.changed", ({ agent }) => agent.sessionId !== null)).agent;
}

const warningsOf = (boot: RunningSandboot) =>
  boot.events.flatMap((event) => (event.type === "phase.warning" ? [event.message] : []));

describe("OpenCode with the stage's catalogue", () => {
  it("offers what it offers with its own: the same providers, models, prices, limits; and its own as soon as credentials ask for more", async () => {
    const sandbox = await Sandbox.create();
    const boot = await sandbox.boot({ env: KEYS });
    expect((await agentOf(boot)).catalogue).toEqual({
      source: "staged",
      providers: STAGED,
      reason: null,
    });
    expect(warningsOf(boot)).toEqual([]);
    const staged = await providersOf(sandbox);
    expect(staged.map(({ id }) => id).sort()).toEqual([
      "anthropic",
      "github-copilot",
      "google",
      "openai",
      "opencode",
    ]);

    await writeFiles(sandbox.home, {
      ".local/share/opencode/auth.json": JSON.stringify({ groq: { type: "api", key: "k" } }),
    });
    const socketPath = join(sandbox.folder, "state/runtime.sock");
    await new RuntimeClient({ id: "socket", socketPath }).act("agent", "restart");
    const { agent } = await boot.until(
      "agent.changed",
      ({ agent: { catalogue } }) => catalogue?.source === "full",
    );
    expect(agent.catalogue?.reason).toBe(
      "the stage's catalogue lacks groq, which auth.json has credentials for",
    );
    const full = await providersOf(sandbox);
    const groq = full.find(({ id }) => id === "groq");
    expect(Object.keys(groq?.models ?? {})).not.toEqual([]);
    expect(staged).toEqual(full.filter(({ id }) => id !== "groq"));
  });

  it("is left out for a key in the environment that enables another provider, with a warning", async () => {
    const sandbox = await Sandbox.create();
    const boot = await sandbox.boot({ env: { GROQ_API_KEY: "k" } });
    const reason =
      "the stage's catalogue lacks groq, which GROQ_API_KEY in the environment enables";
    expect((await agentOf(boot)).catalogue).toEqual({ source: "full", providers: [], reason });
    expect(warningsOf(boot)).toEqual([expect.stringContaining(reason)]);
    expect((await providersOf(sandbox)).map(({ id }) => id).sort()).toEqual(["groq", "opencode"]);
  });

  it("is left out for a provider that the repository's configuration names, without a restart", async () => {
    const options = { options: { apiKey: "k" } };
    const sandbox = await Sandbox.create({
      files: { "opencode.json": JSON.stringify({ provider: { groq: options } }) },
    });
    const boot = await sandbox.boot();
    const { catalogue, restarts } = await agentOf(boot);
    expect(catalogue).toEqual({
      source: "full",
      providers: [],
      reason: "the stage's catalogue lacks groq, which its configuration names (provider.groq)",
    });
    expect(restarts).toEqual([]);
    const groq = (await providersOf(sandbox)).find(({ id }) => id === "groq");
    expect(Object.keys(groq?.models ?? {})).not.toEqual([]);
  });

  it("C4: that was read by the warm-up and lacks what the repository names costs a restart", async () => {
    const gate = await Gate.create();
    const options = { options: { apiKey: "k" } };
    const sandbox = await Sandbox.create({
      files: {
        "opencode.json": JSON.stringify({ provider: { groq: options } }),
        ".openinspect/start.sh": `${gate.wait}\n`,
      },
      agent: { warm: { process: "auto" } },
    });
    const boot = await sandbox.boot();
    const warmUp = await boot.until("phase.ended", ({ id }) => id === "agent.warm:decoy");
    expect(warmUp).toMatchObject({ status: "done", detail: {} });
    await gate.open();
    const { catalogue, restarts } = await agentOf(boot);
    expect(catalogue).toMatchObject({ source: "full" });
    expect(restarts).toEqual([
      {
        reason: "the workspace asks for models that are not in the catalogue it had read",
        paths: [],
      },
    ]);
    const groq = (await providersOf(sandbox)).find(({ id }) => id === "groq");
    expect(Object.keys(groq?.models ?? {})).not.toEqual([]);
  });

  it("is not read by the warm-up when a key already asks for more", async () => {
    const gate = await Gate.create();
    const sandbox = await Sandbox.create({
      files: { ".openinspect/start.sh": `${gate.wait}\n` },
      agent: { warm: { process: "auto" } },
    });
    const boot = await sandbox.boot({ env: { GROQ_API_KEY: "k" } });
    const { detail } = await boot.until("phase.ended", ({ id }) => id === "agent.warm:decoy");
    expect(detail).toEqual({
      promptSkipped: "the stage's catalogue lacks a provider that is asked for",
    });
    await gate.open();
    const { catalogue, restarts } = await agentOf(boot);
    expect([catalogue?.source, restarts]).toEqual(["full", []]);
  });
});

const INDEX = {
  agentVersion: "1.2.3",
  providers: ["acme", "zen"],
  unasked: ["zen"],
  known: { zen: ["ZEN_KEY"], acme: ["ACME_KEY"], other: ["OTHER_KEY"] },
  madeFrom: null as string | null,
};

const MODELS = '{"acme":{},"zen":{}}';

/** A stage in place, and a way to ask what OpenCode would read. */
async function setUp({
  agent = {},
  index = INDEX,
}: {
  readonly agent?: Readonly<Record<string, unknown>>;
  readonly index?: unknown;
} = {}) {
  const folder = await scratchFolder();
  await writeFiles(folder, {
    "sandboot.json": JSON.stringify({ stage: { dir: "stage" }, agent }),
    ...(index !== null && {
      "target/catalogue/index.json": typeof index === "string" ? index : JSON.stringify(index),
      "target/catalogue/models.json": MODELS,
    }),
  });
  await mkdir(join(folder, ".sandboot/state"), { recursive: true });
  const config = await loadConfig({ cwd: folder, env: {} });
  const paths = { ...agentPathsOf(config), stageTarget: join(folder, "target") };
  const always = { HOME: join(folder, "home"), OPENCODE_DISABLE_MODELS_FETCH: "1" };
  return {
    folder,
    start: (env = {}) => startCatalogue(config, paths, { ...always, ...env }),
    choose: (situation: Partial<CatalogueSituation> = {}, env = {}) => {
      const all = { ...always, ...env };
      const whole = { config: {}, auth: {}, version: "1.2.3", ...situation };
      return chooseCatalogue(startCatalogue(config, paths, all), config, whole, all);
    },
    place: (choice: CatalogueChoice) => placeCatalogue(choice, paths, always),
    models: paths.models,
  };
}

describe("the choice of a catalogue", () => {
  it("is the stage's when it has all that is asked for", async () => {
    const { choose } = await setUp({ agent: { providers: ["acme", "of-nobody"] } });
    const situation = {
      config: { model: "acme/m", provider: { house: {} } },
      auth: { zen: {}, "https://somewhere.test": {} },
    };
    expect(choose(situation, { ACME_KEY: "k" })).toMatchObject({ id: "staged" });
  });

  it.each([
    ["is not in the stage", { index: null }, {}, { id: "not-staged" }],
    ["is not wanted", { agent: { catalogue: "full" } }, {}, { id: "configured" }],
    [
      "comes from elsewhere",
      {},
      { OPENCODE_MODELS_URL: "http://127.0.0.1:9" },
      { id: "elsewhere", name: "OPENCODE_MODELS_URL" },
    ],
    [
      "is fetched at the start",
      {},
      { OPENCODE_DISABLE_MODELS_FETCH: "0" },
      { id: "elsewhere", name: "OPENCODE_DISABLE_MODELS_FETCH" },
    ],
    ["is damaged", { index: "{" }, {}, { id: "unreadable" }],
    ["is of another format", { index: [] }, {}, { id: "unreadable" }],
  ])("is the agent's own when the stage's %s", async (_, options, env, why) => {
    const { start, choose } = await setUp(options);
    expect(start(env)).toMatchObject({ id: "full", why });
    expect(choose({}, env)).toMatchObject({ id: "full", why });
  });

  it.each([
    ["other-version", { version: "1.2.4" }, { madeFor: "1.2.3", version: "1.2.4" }],
    ["unknown-configuration", { config: null }, {}],
    [
      "asked-for",
      { config: { small_model: "other/m" } },
      { provider: "other", by: { id: "configuration", key: "small_model" } },
    ],
    ["asked-for", { auth: { other: {} } }, { provider: "other", by: { id: "credentials" } }],
  ])("is the agent's own when what it finds is against it: %s", async (id, situation, why) => {
    const { choose } = await setUp();
    expect(choose(situation)).toEqual({ id: "full", why: { id, ...why } });
  });

  it("is the agent's own when agent.providers names another provider", async () => {
    const { choose } = await setUp({ agent: { providers: ["other"] } });
    expect(choose()).toMatchObject({ id: "full", why: { id: "asked-for", provider: "other" } });
  });

  it("is the user's where OPENCODE_MODELS_PATH is set", async () => {
    const { start, choose } = await setUp();
    const env = { OPENCODE_MODELS_PATH: "/models.json" };
    expect([start(env), choose({ version: "9" }, env)]).toEqual([{ id: "user" }, { id: "user" }]);
  });

  it("is what the agent has fetched, unless the stage's was made from that", async () => {
    const text = '{"zen":{}}';
    const sha256 = createHash("sha256").update(text).digest("hex");
    for (const [madeFrom, id] of [
      [null, "full"],
      [sha256, "staged"],
    ] as const) {
      const { folder, choose } = await setUp({ index: { ...INDEX, madeFrom } });
      await writeFiles(folder, { "home/.cache/opencode/models.json": text });
      expect(choose().id).toBe(id);
      // Its version does not matter when the models are not its own.
      if (id === "staged") expect(choose({ version: "9" }).id).toBe(id);
    }
  });

  it("is put where the agent looks: the stage's, what it has fetched, or nothing", async () => {
    const { folder, choose, place, models } = await setUp();
    const read = () => readFile(models, "utf8").catch(({ code }) => code);
    place(choose());
    expect(await read()).toBe(MODELS);
    place(choose({ version: "9" }));
    expect(await read()).toBe("ENOENT");
    await writeFiles(folder, { "home/.cache/opencode/models.json": "fetched" });
    place(choose());
    expect(await read()).toBe("fetched");
  });
});

import { mkdtemp, open, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { ENV_NAMES_BESIDE_THE_CATALOGUE } from "../../src/build/env-names.ts";
import { askedProviders } from "../../src/catalogue/asked.ts";
import { readCatalogueIndex } from "../../src/catalogue/catalogue.ts";
import { buildStage } from "../../src/index.ts";
import { scratchFolder, scratchPool } from "../support/scratch.ts";
import { build, writePlan } from "../support/stages.ts";
import { type Files, writeFiles } from "../support/trees.ts";
import { waitFor } from "../support/wait-for.ts";

const fakeAgent = join(import.meta.dirname, "../fixtures/fake-agent.mjs");
const openCode = join(
  import.meta.dirname,
  "../../../../node_modules/opencode-linux-x64/bin/opencode",
);

interface Setting {
  readonly habit?: string;
  readonly agent?: Readonly<Record<string, unknown>>;
  readonly agentVersion?: string;
  readonly files?: Files;
}

/** Makes a plan that asks for a catalogue of the fake agent's providers. */
async function setUp({ habit = "none", agent = {}, files = {}, ...rest }: Setting = {}) {
  const folder = await scratchFolder();
  const notes = join(folder, "notes.jsonl");
  await writeFile(notes, "");
  const command = [process.execPath, fakeAgent, habit, notes];
  const plan = { files, entries: [], agent: { command, ...agent }, ...rest };
  const planFile = await writePlan(join(folder, "plan"), plan);
  const outDir = join(folder, "out/stage");
  return {
    folder,
    planFile,
    outDir,
    build: () => build(scratchPool(), planFile, outDir),
    providers: async () => (await build(scratchPool(), planFile, outDir)).catalogue?.providers,
    notes: async () =>
      (await readFile(notes, "utf8"))
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line)),
    refusal: async () => {
      const refused = await build(scratchPool(), planFile, outDir).catch((error: Error) => error);
      expect(await readdir(join(folder, "out")).catch(() => [])).toEqual([]);
      return refused instanceof Error ? refused.message : "built";
    },
  };
}

const readJson = async (path: string) => JSON.parse(await readFile(path, "utf8"));

function setEnv(name: string, value: string): void {
  const before = process.env[name];
  process.env[name] = value;
  onTestFinished(() => {
    if (before === undefined) delete process.env[name];
    else process.env[name] = before;
  });
}

describe("the catalogue of a stage", () => {
  it("has the plan's providers, those that share a variable with them, and those that the agent offers by itself", async () => {
    const { build, outDir } = await setUp({ agent: { providers: ["acme"] } });
    const { catalogue, entries } = await build();
    expect(catalogue).toEqual({ agentVersion: "1.2.3", providers: ["acme", "acme-eu", "zen"] });
    expect(entries).toMatchObject([{ path: "catalogue", kind: "link", files: 2 }]);

    const folder = join(outDir, "files/catalogue");
    const models = await readJson(join(folder, "models.json"));
    // In the agent's order, and unchanged.
    expect(Object.keys(models)).toEqual(["zen", "acme", "acme-eu"]);
    expect(models.acme).toEqual({
      id: "acme",
      env: ["ACME_KEY"],
      npm: "@ai-sdk/acme",
      models: { m: { id: "m", cost: { input: 1, output: 2 } } },
    });
    expect(readCatalogueIndex(folder)).toEqual({
      agentVersion: "1.2.3",
      providers: ["acme", "acme-eu", "zen"],
      unasked: ["zen"],
      known: {
        zen: ["ZEN_KEY"],
        acme: ["ACME_KEY"],
        "acme-eu": ["ACME_KEY"],
        other: ["OTHER_KEY"],
      },
      madeFrom: null,
    });
  });

  it.each([
    ["agent.providers", { providers: ["other"] }],
    ["a model", { config: { model: "other/m" } }],
    ["a model of one of its agents", { config: { agent: { plan: { model: "other/m" } } } }],
    ["options of a provider", { config: { provider: { other: {}, custom: {} } } }],
    ["credentials", { auth: { other: { type: "api", key: "{env:K}" } } }],
    ["a key in agent.env", { env: { OTHER_KEY: "k" } }],
  ])("has the providers that the sandbox's configuration asks for by %s", async (_, agent) => {
    const text = `// Comments are fine.\n${JSON.stringify({ agent }).slice(0, -1)},}\n`;
    const { providers } = await setUp({
      agent: { config: "sandboot.jsonc" },
      files: { "sandboot.jsonc": text },
    });
    expect(await providers()).toEqual(["other", "zen"]);
  });

  it("has the providers that SESSION_CONFIG asks for", async () => {
    setEnv("SESSION_CONFIG", JSON.stringify({ provider: "other", model: "m" }));
    const { providers } = await setUp();
    expect(await providers()).toEqual(["other", "zen"]);
  });

  it("is made from the file that the plan names, and records its hash", async () => {
    const fresh = { zen: { id: "zen", env: ["ZEN_KEY"], models: {} } };
    const text = JSON.stringify(fresh);
    const { build, outDir } = await setUp({
      agent: { models: "models.json" },
      files: { "models.json": text },
    });
    await build();
    const folder = join(outDir, "files/catalogue");
    expect(await readJson(join(folder, "models.json"))).toEqual(fresh);
    const { stdout } = await execa("sha256sum", { input: text });
    expect(readCatalogueIndex(folder)?.madeFrom).toBe(stdout.split(" ")[0]);
  });

  it("is made by an agent that does not see the builder's home, keys and folder", async () => {
    for (const name of ["ACME_KEY", "OPENCODE_CONFIG", "XDG_DATA_HOME", "OPENCODE_MODELS_PATH"]) {
      setEnv(name, "/the/builder's");
    }
    const { build, notes, outDir } = await setUp();
    await build();
    const starts = await notes();
    expect(starts.map(({ args }) => args)).toEqual([["--version"], ["models"], ["models"]]);
    for (const { env, cwd } of starts) {
      expect(JSON.stringify(env)).not.toContain("the/builder");
      expect(env.HOME.startsWith(`${outDir}.making/`)).toBe(true);
      expect(cwd).toBe(join(env.HOME, "work"));
    }
  });
});

describe("a build fails, says why and leaves no stage when", () => {
  it("the agent has another version than the plan", async () => {
    const { refusal } = await setUp({ agentVersion: "1.2.4" });
    expect(await refusal()).toBe("agentVersion: the plan says 1.2.4, but the agent is 1.2.3");
  });

  it("the agent has no such provider", async () => {
    const { refusal } = await setUp({ agent: { providers: ["zen", "acne"] } });
    expect(await refusal()).toBe(
      `agent.providers: "acne" is not one of the 4 providers in the agent's catalogue`,
    );
  });

  it.each([
    ["fails", /: it ended with exit code 3\nno space left$/],
    ["shows-nothing", /: it listed its models and did not show its catalogue to a plugin\nzen\/m$/],
    ["reads-nothing", /^agent: the agent does not read the catalogue that was made for it: leave/],
  ])("the agent %s", async (habit, reason) => {
    const { refusal } = await setUp({ habit });
    expect(await refusal()).toMatch(reason);
  });

  it("there is no such program", async () => {
    const { refusal, folder } = await setUp({ agent: { command: ["./bin/opencode"] } });
    const program = join(folder, "plan/bin/opencode");
    expect(await refusal()).toBe(
      `agent "${program}": it could not be run: spawn ${program} ENOENT`,
    );
  });

  it.each([
    ["config", "{ half", /^agent\.config: .*\/plan\/file is not JSON with comments: .* in line 1$/],
    ["config", null, /^agent\.config: .*\/plan\/file does not exist$/],
    ["models", null, /^agent\.models: .*\/plan\/file does not exist$/],
  ])("%s names a file with %j", async (key, text, reason) => {
    const { refusal } = await setUp({
      agent: { [key]: "file" },
      ...(text !== null && { files: { file: text } }),
    });
    expect(await refusal()).toMatch(reason);
  });

  it("the build is stopped while the agent works", async () => {
    const { folder, planFile, outDir, notes } = await setUp({ habit: "hangs" });
    const stop = new AbortController();
    const { signal } = stop;
    const built = buildStage({ pool: scratchPool(), planFile, outDir, signal });
    await waitFor(async () => (await notes()).includes("hanging"));
    stop.abort(new Error("enough"));
    await expect(built).rejects.toThrow("enough");
    expect(await readdir(join(folder, "out"))).toEqual([]);
  });
});

describe("askedProviders", () => {
  const known = { zen: ["ZEN_KEY"], acme: ["ACME_KEY", "ACME_REGION"], other: [] };
  const asked = (of: Partial<Parameters<typeof askedProviders>[1]>) =>
    askedProviders({ known, unasked: ["zen"] }, { config: {}, auth: {}, env: {}, ...of });
  const zen = { provider: "zen", by: { id: "unasked" } };
  const named = (provider: string, key: string) => ({
    provider,
    by: { id: "configuration", key },
  });

  it.each([
    ["nothing", {}, [zen]],
    ["its options", { config: { provider: { acme: {} } } }, [named("acme", "provider.acme"), zen]],
    ["a model", { config: { model: "acme/a/b" } }, [named("acme", "model"), zen]],
    ["a small model", { config: { small_model: "acme/a" } }, [named("acme", "small_model"), zen]],
    [
      "a model of an agent, a mode, a command",
      {
        config: {
          agent: { a: { model: "acme/a" } },
          mode: { b: { model: "other/b" } },
          command: { c: { model: "zen/c" }, d: {} },
        },
      },
      [
        named("acme", "agent.a.model"),
        named("other", "mode.b.model"),
        named("zen", "command.c.model"),
      ],
    ],
    [
      "a list of those that may be offered",
      { config: { enabled_providers: ["acme"] } },
      [named("acme", "enabled_providers")],
    ],
    ["one that may not be", { config: { disabled_providers: ["zen"] } }, []],
    [
      "credentials",
      { auth: { acme: { type: "oauth" }, "https://example.test": {} } },
      [{ provider: "acme", by: { id: "credentials" } }, zen],
    ],
    [
      "a key in the environment",
      { env: { ACME_KEY: "", ACME_REGION: "eu" } },
      [{ provider: "acme", by: { id: "environment", name: "ACME_REGION" } }, zen],
    ],
    [
      "a provider of its own",
      { config: { provider: { house: { npm: "x" } }, model: "house/m" }, auth: { house: {} } },
      [zen],
    ],
    ["what every object has", { auth: JSON.parse('{"constructor":{},"__proto__":{}}') }, [zen]],
    ["what is not a configuration", { config: [1], auth: "x" }, [zen]],
    ["a model that is no text", { config: { model: 1, agent: { a: null }, mode: 2 } }, [zen]],
  ])("finds %s", (_, of, expected) => {
    expect(asked(of)).toEqual(expected);
  });
});

describe("the real agent", () => {
  const providers = Object.keys(ENV_NAMES_BESIDE_THE_CATALOGUE);
  let folder = "";
  const catalogue = () => join(folder, "stage/files/catalogue");

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "catalogue-"));
    const agent = { command: [openCode], providers };
    const planFile = await writePlan(folder, { files: {}, entries: [], agent });
    await build(scratchPool(), planFile, join(folder, "stage"));
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("shows its whole catalogue, and what it offers unasked", () => {
    const index = readCatalogueIndex(catalogue());
    expect(index?.providers).toEqual(expect.arrayContaining([...providers, "opencode"]));
    expect(index?.unasked).toEqual(["opencode"]);
    expect(index?.known["anthropic"]).toEqual(["ANTHROPIC_API_KEY"]);
    expect(Object.keys(index?.known ?? {}).length).toBeGreaterThan(100);
  });

  it.each([0, 1, 2, 3])(
    "enables providers by the variables that its catalogue does not name (%i)",
    async (at) => {
      const named = Object.entries(ENV_NAMES_BESIDE_THE_CATALOGUE).flatMap(([provider, names]) => {
        const name = names[at];
        return name === undefined ? [] : [{ provider, name }];
      });
      const home = join(folder, `home-${at}`);
      // Otherwise the agent would install its plugin package first.
      const dependencies = { "@opencode-ai/plugin": "*" };
      await writeFiles(join(home, ".config/opencode"), {
        "node_modules/.keep": "",
        "package.json": JSON.stringify({ dependencies }),
        "package-lock.json": JSON.stringify({ packages: { "": { dependencies } } }),
      });
      // A file, because the end of a pipe's data would be lost (build/ask-agent.ts).
      await using out = await open(join(folder, `out-${at}`), "w");
      await execa(openCode, ["models"], {
        cwd: home,
        extendEnv: false,
        env: {
          PATH: process.env["PATH"],
          TMPDIR: process.env["TMPDIR"],
          HOME: home,
          OPENCODE_DISABLE_MODELS_FETCH: "1",
          OPENCODE_MODELS_PATH: join(catalogue(), "models.json"),
          ...Object.fromEntries(named.map(({ name }) => [name, "x"])),
        },
        stdin: "ignore",
        stdout: out.createWriteStream(),
      });
      const listed = (await readFile(join(folder, `out-${at}`), "utf8")).trim().split("\n");
      const offered = new Set(listed.map((line) => line.split("/")[0]));
      expect([...offered].sort()).toEqual(
        ["opencode", ...named.map(({ provider }) => provider)].sort(),
      );
    },
  );
});

import { mkdir, open, readFile, rm, writeFile } from "node:fs/promises";
import { isAbsolute, join, resolve } from "node:path";
import { execa } from "execa";
import { StageBuildError } from "../build-error.ts";
import type { PlanAgent } from "../plan/schema.ts";

/** The catalogue of models in the agent's own format, by provider. */
export type Catalogue = Readonly<Record<string, CatalogueProvider>>;

interface CatalogueProvider {
  readonly env: readonly string[];
  readonly models: Readonly<Record<string, unknown>>;
}

export interface AgentAnswer {
  readonly catalogue: Catalogue;
  /** The providers that it offers when nothing asks for any. */
  readonly offered: readonly string[];
}

/** Milliseconds for one start of the agent. It takes one to four seconds, and ten times as long on a busy machine. */
const START_TIMEOUT_MS = 120_000;
const TAIL_LINES = 15;

/**
 * Asks the agent about its catalogue during a build. The agent is started offline, with an empty home and an empty folder,
 * without any configuration.
 *
 * @see catalogue-probe.ts
 */
export class AskedAgent {
  readonly #command: readonly [string, ...string[]];
  readonly #workDir: string;
  readonly #signal: AbortSignal;

  constructor(
    agent: PlanAgent,
    options: { readonly root: string; readonly workDir: string; readonly signal: AbortSignal },
  ) {
    const [program = "", ...args] = agent.command;
    // A bare name is looked up on PATH. A path is relative to the plan, like all paths in it.
    const isName = !program.includes("/") || isAbsolute(program);
    this.#command = [isName ? program : resolve(options.root, program), ...args];
    this.#workDir = options.workDir;
    this.#signal = options.signal;
  }

  /** @throws StageBuildError when it cannot be started. */
  async version(): Promise<string> {
    return (await this.#run("version", ["--version"], {})).trim();
  }

  /**
   * The agent's whole catalogue: the built-in one, or the one at `models`.
   *
   * @throws StageBuildError when the agent does not show one.
   */
  async catalogue(name: string, models: string | undefined): Promise<AgentAnswer> {
    const path = join(this.#workDir, `${name}.json`);
    const plugin = `file://${probeFile()}`;
    const listed = await this.#run(name, ["models"], {
      OPENCODE_CONFIG_CONTENT: JSON.stringify({ plugin: [plugin] }),
      SANDBOOT_CATALOGUE: path,
      ...(models !== undefined && { OPENCODE_MODELS_PATH: models }),
    });
    const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
      const reason = "it listed its models and did not show its catalogue to a plugin";
      throw this.#error(`${reason}\n${tail(listed)}`);
    });
    const offered = listed.split("\n").flatMap((line) => /^([^/\s]+)\/\S/.exec(line)?.[1] ?? []);
    return { catalogue: JSON.parse(text) as Catalogue, offered: [...new Set(offered)] };
  }

  async #run(
    name: string,
    args: readonly string[],
    env: Readonly<Record<string, string>>,
  ): Promise<string> {
    const home = await this.#makeHome(name);
    // A file and not a pipe: OpenCode exits before a pipe has taken a long list, and the rest would be lost.
    const outFile = join(this.#workDir, `${name}.out`);
    await using out = await open(outFile, "w");
    const [program, ...first] = this.#command;
    const result = await execa(program, [...first, ...args], {
      cwd: join(home, "work"),
      // The builder's own configuration, keys and catalogue must not influence the result.
      extendEnv: false,
      env: {
        PATH: process.env["PATH"],
        TMPDIR: process.env["TMPDIR"],
        HOME: home,
        OPENCODE_DISABLE_MODELS_FETCH: "1",
        OPENCODE_DISABLE_AUTOUPDATE: "1",
        OPENCODE_DISABLE_PROJECT_CONFIG: "1",
        ...env,
      },
      stdin: "ignore",
      stdout: out.createWriteStream(),
      reject: false,
      timeout: START_TIMEOUT_MS,
      cancelSignal: this.#signal,
    });
    this.#signal.throwIfAborted();
    if (result.failed) {
      const how =
        result.exitCode === undefined
          ? `it could not be run: ${result.originalMessage ?? result.shortMessage}`
          : `it ended with exit code ${result.exitCode}`;
      const said = tail(result.stderr || (await readFile(outFile, "utf8")));
      throw this.#error(`${how}\n${said}`.trimEnd());
    }
    await rm(home, { recursive: true, force: true });
    return await readFile(outFile, "utf8");
  }

  /**
   * Makes a home in which OpenCode installs nothing. It would install its plugin package by npm into a config folder that has
   * no `node_modules`, or whose lockfile does not have the package's name.
   */
  async #makeHome(name: string): Promise<string> {
    const home = join(this.#workDir, `home-of-${name}`);
    const config = join(home, ".config", "opencode");
    const dependencies = { "@opencode-ai/plugin": "*" };
    await mkdir(join(home, "work"), { recursive: true });
    await mkdir(join(config, "node_modules"), { recursive: true });
    await writeFile(join(config, "package.json"), JSON.stringify({ dependencies }));
    const lockfile = { lockfileVersion: 3, packages: { "": { dependencies } } };
    await writeFile(join(config, "package-lock.json"), JSON.stringify(lockfile));
    return home;
  }

  #error(reason: string): StageBuildError {
    return new StageBuildError(`agent "${this.#command.join(" ")}"`, reason);
  }
}

/** In a bundle the probe lies beside it. From source, the agent itself strips the types. */
function probeFile(): string {
  const fromSource = import.meta.filename.endsWith(".ts");
  return join(import.meta.dirname, fromSource ? "catalogue-probe.ts" : "catalogue-probe.js");
}

function tail(text: string): string {
  return text.trimEnd().split("\n").slice(-TAIL_LINES).join("\n");
}

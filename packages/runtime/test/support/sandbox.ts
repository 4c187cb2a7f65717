import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  environmentOf,
  killEverything,
  type ProcessRow,
  processesWith,
} from "../../../../test/support/process-table.ts";
import { type Files, Origin } from "./git.ts";
import { type Answer, ask } from "./http.ts";
import { markOf, RunningSandboot } from "./sandboot.ts";
import { freePort, scratchFolder } from "./scratch.ts";
import { openCodeBin, stageDir } from "./stage.ts";

export interface SandboxOptions {
  /** Files of the first commit on main. */
  readonly files?: Files;
  /** Config keys that replace those of the tests' default config. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly agent?: Readonly<Record<string, unknown>>;
  readonly bridge?: Readonly<Record<string, unknown>>;
  readonly hooks?: Readonly<Record<string, unknown>>;
  readonly branch?: string;
  /** The real agent, or a program that is ready at once, over HTTP or ACP, for tests of the boot around the agent. */
  readonly agentKind?: "opencode" | "fixture" | "acp";
  /** Whether the image carries a checkout. */
  readonly checkout?: boolean;
}

export const httpAgent = join(import.meta.dirname, "../fixtures/http-agent.mjs");
export const acpAgent = join(import.meta.dirname, "../fixtures/acp-agent.mjs");

type SandboxFields = Pick<
  Sandbox,
  "folder" | "origin" | "repository" | "home" | "agentPort" | "bridgePort" | "config"
>;

/** A sandbox with a real repository, before its boot: a checkout of `main`, as an image carries it, and a config. */
export class Sandbox {
  readonly folder: string;
  readonly origin: Origin;
  /** The checkout. */
  readonly repository: string;
  readonly home: string;
  readonly agentPort: number;
  readonly bridgePort: number;
  readonly config: Record<string, unknown>;

  private constructor(fields: SandboxFields) {
    this.folder = fields.folder;
    this.origin = fields.origin;
    this.repository = fields.repository;
    this.home = fields.home;
    this.agentPort = fields.agentPort;
    this.bridgePort = fields.bridgePort;
    this.config = fields.config;
  }

  static async create(options: SandboxOptions = {}): Promise<Sandbox> {
    const folder = await scratchFolder();
    const origin = await Origin.create(folder, { "README.md": "# Demo\n", ...options.files });
    const repository = join(folder, "workspace", "demo");
    if (options.checkout !== false) await origin.clone(repository);
    const home = join(folder, "home");
    await mkdir(home);
    const [agentPort, bridgePort] = [await freePort(), await freePort()];
    const config = {
      mode: "repo_image",
      stateDir: "state",
      workspace: "workspace",
      repositories: [{ name: "demo", url: origin.path, branch: options.branch ?? "main" }],
      ...agentConfig(options, join(folder, "agent.jsonl"), agentPort),
      bridge: { port: bridgePort, ...options.bridge },
      hooks: { ...options.hooks },
      ...options.config,
    };
    return new Sandbox({ folder, origin, repository, home, agentPort, bridgePort, config });
  }

  boot(options: BootOptions = {}): Promise<RunningSandboot> {
    return RunningSandboot.start({ folder: this.folder, config: this.config, ...options });
  }

  /** The unix socket on which its runtime serves the status API. */
  get socket(): string {
    return join(this.folder, "state/runtime.sock");
  }

  /** The living processes of this sandbox: the runtime, and everything that it and its hooks started. */
  left(): ProcessRow[] {
    return processesWith(markOf(this.home));
  }

  /** Kills every process of this sandbox, as the end of a container does. */
  killAll(): Promise<void> {
    return killEverything(markOf(this.home));
  }

  /** What the fixture agent has recorded so far, or another one under its own name. */
  async agentRecord(name = "agent"): Promise<AgentRecord[]> {
    const lines = await readFile(join(this.folder, `${name}.jsonl`), "utf8").catch(() => "");
    return lines
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line));
  }

  /** Sends one request to the bridge. */
  ask(path: string, options: JsonRequest = {}): Promise<Answer> {
    return askJson(this.bridgePort, path, options);
  }

  /** Sends one request directly to the agent, for the workspace of the repository, with the password of its process. */
  askAgent(path: string, options: JsonRequest = {}): Promise<Answer> {
    const headers = {
      "x-opencode-directory": encodeURIComponent(this.repository),
      ...serverAuthorization(this.left()),
    };
    return askJson(this.agentPort, path, {
      ...options,
      headers: { ...headers, ...options.headers },
    });
  }
}

/** @param record - Where a fixture writes what it gets. */
function agentConfig({ agentKind, agent }: SandboxOptions, record: string, port: number): object {
  switch (agentKind) {
    case "fixture": {
      const command = [process.execPath, httpAgent, "{port}", record];
      return { agent: { kind: "command", command, port, ...agent } };
    }
    case "acp": {
      const command = [process.execPath, acpAgent, record];
      return { agent: { kind: "acp", command, port, ...agent } };
    }
    default: {
      // The warm-up of a process costs about as much CPU as its start. Tests of what it does switch it on.
      const warm = { process: "off" };
      return { stage: { dir: stageDir }, agent: { command: [openCodeBin], port, warm, ...agent } };
    }
  }
}

/** The credentials for OpenCode's server, from the environment of its process. */
function serverAuthorization(rows: readonly ProcessRow[]): Record<string, string> {
  const of = (pid: number, name: string) =>
    environmentOf(pid)
      .find((entry) => entry.startsWith(`${name}=`))
      ?.slice(name.length + 1);
  for (const { pid, command } of rows) {
    const password = of(pid, "OPENCODE_SERVER_PASSWORD");
    if (password === undefined || !command.includes(" serve ")) continue;
    const user = of(pid, "OPENCODE_SERVER_USERNAME");
    return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}` };
  }
  return {};
}

interface AgentRecord {
  readonly started?: { readonly pid: number; readonly cwd: string; readonly port: string };
  readonly method?: string;
  readonly url?: string;
  /** A request that was held, and whose client has left. */
  readonly left?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface BootOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A command that runs the boot as its last arguments. */
  readonly under?: readonly string[];
}

interface JsonRequest {
  readonly method?: string;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

function askJson(port: number, path: string, request: JsonRequest): Promise<Answer> {
  const { body, headers, ...rest } = request;
  return ask(port, path, {
    ...rest,
    headers: { ...(body !== undefined && { "content-type": "application/json" }), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

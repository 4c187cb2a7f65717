import { mkdir, readFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import {
  killEverything,
  type ProcessRow,
  processesWith,
} from "../../../../test/support/process-table.ts";
import { type Files, Origin } from "./git.ts";
import { markOf, RunningSandboot } from "./sandboot.ts";
import { freePort, scratchFolder } from "./scratch.ts";
import { openCodeBin, stageDir } from "./stage.ts";

export interface SandboxOptions {
  /** Files of the first commit on main. */
  readonly files?: Files;
  /** More of the config, over the defaults of these tests. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly agent?: Readonly<Record<string, unknown>>;
  readonly bridge?: Readonly<Record<string, unknown>>;
  readonly hooks?: Readonly<Record<string, unknown>>;
  readonly branch?: string;
  /** The real agent, or a program that is up at once: for what the boot does around it. */
  readonly agentKind?: "opencode" | "fixture";
  /** Whether the image carries a checkout. */
  readonly checkout?: boolean;
}

const httpAgent = join(import.meta.dirname, "../fixtures/http-agent.ts");

type SandboxFields = Pick<
  Sandbox,
  "folder" | "origin" | "repository" | "home" | "agentPort" | "bridgePort" | "config"
>;

/** A real sandbox on a real repository, not booted yet: an image's checkout of `main`, and a config that boots it. */
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
      ...(options.agentKind === "fixture"
        ? {
            agent: {
              kind: "command",
              command: [process.execPath, httpAgent, "{port}", join(folder, "agent.jsonl")],
              port: agentPort,
              ...options.agent,
            },
          }
        : {
            stage: { dir: stageDir },
            agent: { command: [openCodeBin], port: agentPort, ...options.agent },
          }),
      bridge: { port: bridgePort, ...options.bridge },
      hooks: { ...options.hooks },
      ...options.config,
    };
    return new Sandbox({ folder, origin, repository, home, agentPort, bridgePort, config });
  }

  boot(options: BootOptions = {}): Promise<RunningSandboot> {
    return RunningSandboot.start({ folder: this.folder, config: this.config, ...options });
  }

  /** All of it that lives: the runtime, and what that and its hooks have started. */
  left(): ProcessRow[] {
    return processesWith(markOf(this.home));
  }

  /** As the end of its container would. */
  killAll(): Promise<void> {
    return killEverything(markOf(this.home));
  }

  /** What the fixture agent has seen so far. */
  async agentRecord(): Promise<AgentRecord[]> {
    const lines = await readFile(join(this.folder, "agent.jsonl"), "utf8").catch(() => "");
    return lines
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line));
  }

  /** One request to the bridge. */
  ask(path: string, options: AskOptions = {}): Promise<Answer> {
    return ask(this.bridgePort, path, options);
  }

  /** One request past the bridge, to the agent, about the repository. */
  askAgent(path: string, options: AskOptions = {}): Promise<Answer> {
    const headers = { "x-opencode-directory": encodeURIComponent(this.repository) };
    return ask(this.agentPort, path, { ...options, headers: { ...headers, ...options.headers } });
  }
}

interface AgentRecord {
  readonly started?: { readonly pid: number; readonly cwd: string; readonly port: string };
  readonly method?: string;
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface BootOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The command line that it is the last part of. */
  readonly under?: readonly string[];
}

interface AskOptions {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

function ask(
  port: number,
  path: string,
  { method = "GET", body, headers = {} }: AskOptions,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: "127.0.0.1",
        port,
        path,
        method,
        agent: false,
        headers: { ...(body !== undefined && { "content-type": "application/json" }), ...headers },
      },
      (incoming) => {
        text(incoming).then(
          (content) =>
            resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: content }),
          reject,
        );
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

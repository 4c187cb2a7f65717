import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { nodeUnderTest } from "../../../../test/support/node-under-test.ts";
import {
  killEverything,
  type ProcessRow,
  processesWith,
} from "../../../../test/support/process-table.ts";
import { type EventType, type RuntimeEvent, runtimeEventSchema } from "../../src/protocol/index.ts";
import { Changes } from "../support/changes.ts";
import { Origin } from "../support/git.ts";
import { type Answer, type AskOptions, ask } from "../support/http.ts";
import { markOf, sandbootBin } from "../support/sandboot.ts";
import { freePort } from "../support/scratch.ts";
import { LivenessPoll } from "./liveness.ts";
import type { Row } from "./row.ts";

const fakeAgent = join(import.meta.dirname, "../fixtures/fault-agent.cjs");

/** In the environment of every boot, under a secret name. Nothing that a boot writes may hold it. */
export const SECRET = "fault-secret-3f1c";

type EventOf<T extends EventType> = Extract<RuntimeEvent, { type: T }>;

/** The small machine of one row: its folders, its ports, its boot. */
export class World implements AsyncDisposable {
  readonly folder: string;
  readonly home: string;
  /** TMPDIR of the boot, and of nobody else. */
  readonly tmp: string;
  readonly state: string;
  readonly workspace: string;
  readonly agentPort: number;
  readonly bridgePort: number;
  readonly configFile: string;
  readonly reportFile: string;
  /** What the fake agent records. */
  readonly record: string;
  /** Ports that the row itself holds, also at the end. */
  readonly heldPorts = new Set<number>();
  readonly #row: Row;
  #origin: Origin | null = null;
  readonly #runs: Run[] = [];
  readonly #ends: (() => Promise<unknown> | unknown)[] = [];

  private constructor(row: Row, folder: string, ports: readonly [number, number]) {
    this.#row = row;
    this.folder = folder;
    this.home = join(folder, "home");
    this.tmp = join(folder, "tmp");
    this.state = join(folder, "state");
    this.workspace = join(folder, "ws");
    this.configFile = join(folder, "sandboot.json");
    this.reportFile = join(folder, row.reportIn ?? "", "report.json");
    this.record = join(folder, "agent.log");
    [this.agentPort, this.bridgePort] = ports;
  }

  static async create(row: Row): Promise<World> {
    const folder = await mkdtemp(join(tmpdir(), "fault-"));
    const world = new World(row, folder, [await freePort(), await freePort()]);
    await Promise.all([mkdir(world.home), mkdir(world.tmp), writeFile(world.record, "")]);
    if (row.files !== undefined) {
      world.#origin = await Origin.create(folder, { "README.md": "# Demo\n", ...row.files });
      if (row.checkout === true) await world.#origin.clone(world.checkout);
    }
    return world;
  }

  /** The repository's checkout. */
  get checkout(): string {
    return join(this.workspace, "demo");
  }

  get socket(): string {
    return join(this.state, "runtime.sock");
  }

  get origin(): Origin {
    if (this.#origin === null) throw new Error("the row has no repository");
    return this.#origin;
  }

  /** The last boot. */
  get run(): Run {
    const run = this.#runs.at(-1);
    if (run === undefined) throw new Error("nothing has been booted");
    return run;
  }

  /** The config, with the row's keys over it. */
  config(): Record<string, unknown> {
    const { agentFault = "none", config, checkout } = this.#row;
    const keys: Record<string, unknown> = {
      mode: checkout === true ? "repo_image" : "fresh",
      stateDir: "state",
      workspace: "ws",
      repositories:
        this.#origin === null ? [] : [{ name: "demo", url: this.#origin.path, branch: "main" }],
      agent: {
        kind: "command",
        command: [process.execPath, fakeAgent, String(this.agentPort), agentFault, this.record],
        port: this.agentPort,
      },
      bridge: { port: this.bridgePort },
      shutdown: { graceSeconds: 1 },
    };
    return { ...keys, ...mergedInto(keys, config?.(this) ?? {}) };
  }

  /** Starts the boot of the row; a second call boots again, as a restarted container does. */
  async boot(): Promise<Run> {
    const { under = [], env } = this.#row;
    if (!existsSync(this.configFile))
      await writeFile(this.configFile, JSON.stringify(this.config()));
    const flags = ["--config", this.configFile, "--report", this.reportFile, "--json"];
    const [program = "", ...rest] = [...under, nodeUnderTest, sandbootBin, "boot", ...flags];
    const child = spawn(program, rest, {
      cwd: this.folder,
      env: {
        PATH: process.env["PATH"] ?? "",
        HOME: this.home,
        TMPDIR: this.tmp,
        GIT_CONFIG_SYSTEM: "/dev/null",
        FAULT_API_TOKEN: SECRET,
        ...env?.(this),
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const run = new Run(child, this.socket);
    this.#runs.push(run);
    return run;
  }

  /** An earlier boot, which goes on after a later one has ended, is the one that counts. */
  returnTo(run: Run): void {
    this.#runs.push(run);
  }

  /** What was told last, for a row that hangs. */
  lastEvents(): string {
    const events = this.#runs.at(-1)?.events.slice(-5) ?? [];
    return events.length === 0
      ? "no event"
      : events.map((event) => JSON.stringify(event)).join("\n");
  }

  /** The living processes that the boot and its children have started, other than those of the test. */
  left(): ProcessRow[] {
    return processesWith(markOf(this.home));
  }

  /** Kills everything that has been started, as the end of a container does. */
  killAll(): Promise<void> {
    return killEverything(markOf(this.home));
  }

  /** The paths that the fake agent was asked for, in order. */
  asked(): string[] {
    return this.#lines(/^(?:GET|POST|HEAD) (\S+)$/);
  }

  /** The pids of the fake agents that have listened, in order. */
  agentPids(): number[] {
    return this.#lines(/^pid (\d+)$/).map(Number);
  }

  ask(path: string, options: AskOptions = {}): Promise<Answer> {
    return ask(this.bridgePort, path, options);
  }

  api(path: string, options: AskOptions = {}): Promise<Answer> {
    return ask(this.socket, path, options);
  }

  /** To be undone at the end, the last first. */
  defer(step: () => Promise<unknown> | unknown): void {
    this.#ends.unshift(step);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const run of this.#runs) await run[Symbol.asyncDispose]();
    for (const step of this.#ends) await step();
    await this.killAll();
    await rm(this.folder, { recursive: true, force: true });
  }

  #lines(pattern: RegExp): string[] {
    return readFileSync(this.record, "utf8")
      .split("\n")
      .flatMap((line) => pattern.exec(line)?.[1] ?? []);
  }
}

/** Objects are merged, everything else is replaced. */
function mergedInto(
  base: Readonly<Record<string, unknown>>,
  over: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const isObject = (value: unknown): value is Record<string, unknown> =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  return Object.fromEntries(
    Object.entries(over).map(([key, value]) => {
      const under = base[key];
      return [key, isObject(value) && isObject(under) ? { ...under, ...value } : value];
    }),
  );
}

/** One `sandboot boot` of a world. */
export class Run implements AsyncDisposable {
  readonly events: RuntimeEvent[] = [];
  /** Lines of stdout that are no events. */
  readonly strange: string[] = [];
  readonly liveness: LivenessPoll;
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #changes = new Changes();
  readonly #end: Promise<{ readonly exitCode: number | null; readonly stderr: string }>;
  #ended = false;

  constructor(child: ChildProcessByStdio<null, Readable, Readable>, socket: string) {
    this.#child = child;
    this.liveness = new LivenessPoll(socket);
    const errors = text(child.stderr);
    const lines = createInterface({ input: child.stdout });
    lines.on("line", (line) => {
      this.#take(line);
      this.#changes.notify();
    });
    this.#end = Promise.all([errors, once(child, "exit"), once(lines, "close")]).then(
      async ([stderr]) => {
        await this.liveness.stop();
        this.#ended = true;
        this.#changes.notify();
        return { exitCode: child.exitCode, stderr };
      },
    );
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** The first event that fits. @throws when the boot ends without it. */
  async until<T extends EventType>(
    type: T,
    fits: (event: EventOf<T>) => boolean = () => true,
  ): Promise<EventOf<T>> {
    for (;;) {
      const found = this.events.find(
        (event): event is EventOf<T> => event.type === type && fits(event as EventOf<T>),
      );
      if (found !== undefined) return found;
      if (this.#ended) {
        const { exitCode, stderr } = await this.#end;
        throw new Error(`ended (${exitCode}) without ${type}:\n${stderr}`);
      }
      await this.#changes.next();
    }
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  ended(): Promise<{ readonly exitCode: number | null; readonly stderr: string }> {
    return this.#end;
  }

  /** The codes of all warnings so far. */
  warnings(): string[] {
    return this.events.flatMap((event) =>
      event.type === "phase.warning" || event.type === "runtime.warning" ? (event.code ?? "?") : [],
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.signal("SIGKILL");
    await this.#end;
  }

  #take(line: string): void {
    try {
      this.events.push(runtimeEventSchema.parse(JSON.parse(line)));
    } catch {
      this.strange.push(line);
    }
  }
}

/** Whether anybody listens there. */
export function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

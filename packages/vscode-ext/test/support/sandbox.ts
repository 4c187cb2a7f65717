import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import {
  initialState,
  type ProcessState,
  type RuntimeState,
  reduceState,
} from "@sandboot/runtime/protocol";
import { RuntimeClient } from "@sandboot/runtime/protocol/client";
import { makeRepositories, makeStage } from "../../../../examples/quickstart/make-demo.mjs";
import { ensureCodeServer } from "../../../../scripts/code-server.mjs";
import { ensureTtyd } from "../../../../scripts/ttyd.mjs";
import { nodeUnderTest } from "../../../../test/support/node-under-test.ts";
import { freePort } from "../../../../test/support/ports.ts";
import { killEverything } from "../../../../test/support/process-table.ts";
import { quietSettings, temporaryFiles } from "./code-server.ts";

const root = join(import.meta.dirname, "..", "..", "..", "..");
const hook = join(import.meta.dirname, "..", "fixtures", "hooks", "start.sh");
const quickstart = join(root, ".cache", "panel-quickstart");

/** The grace of a runtime, and more. */
const END_MS = 60_000;

export interface SandboxOptions {
  /** `gated` waits for {@link Sandbox.letHookGoOn}; `own` is the repository's own start.sh. */
  readonly hook: "gated" | "own";
  /** Run code-server, to which the stage brings the panel, and ttyd. */
  readonly editor?: boolean;
  readonly sidecars?: readonly object[];
  /** `<folder>/state/runtime.sock` is the socket. The folder is removed at the end only when it was not given. */
  readonly folder?: string;
}

/**
 * `sandboot boot` on the quickstart's repository and stage with real OpenCode and, as sidecars, real code-server and
 * ttyd.
 */
export class Sandbox implements AsyncDisposable {
  readonly folder: string;
  readonly client: RuntimeClient;
  readonly #process: ChildProcess;
  readonly #editorPort: number | null;
  readonly #keepFolder: boolean;

  private constructor(
    { folder, keepFolder }: { readonly folder: string; readonly keepFolder: boolean },
    child: ChildProcess,
    editorPort: number | null,
  ) {
    this.folder = folder;
    this.#keepFolder = keepFolder;
    this.client = new RuntimeClient({ id: "socket", socketPath: socketIn(folder) });
    this.#process = child;
    this.#editorPort = editorPort;
  }

  static async boot(options: SandboxOptions): Promise<Sandbox> {
    // Built once and kept: its content is another suite's business.
    await mkdir(quickstart, { recursive: true });
    await makeStage(quickstart);
    const folder = options.folder ?? (await mkdtemp(join(tmpdir(), "panel-sandbox-")));
    await makeRepositories(folder);
    const checkout = join(folder, "workspace", "shop");
    // Not tracked, so the checkout leaves it alone.
    await copyFile(hook, join(checkout, "start.sh"));
    await chmod(join(checkout, "start.sh"), 0o755);
    const gate = join(folder, "gate");
    await rm(gate, { force: true });
    await promisify(execFile)("mkfifo", [gate]);
    const [agentPort, bridgePort] = await Promise.all([freePort(), freePort()]);
    const editorPort = options.editor ? await freePort() : null;
    const config = {
      mode: "repo_image",
      sandboxId: "quickstart",
      stateDir: "state",
      workspace: "workspace",
      repositories: [
        { name: "shop", url: join(folder, "origin.git"), branch: "feature/price-rules" },
      ],
      stage: { dir: join(quickstart, "stage") },
      agent: {
        command: [join(root, "node_modules", "opencode-linux-x64", "bin", "opencode")],
        port: agentPort,
        home: join(folder, "home"),
        env: { OPENCODE_DISABLE_MODELS_FETCH: "1" },
      },
      // The gate opens when a page has been looked at, which takes as long as it takes.
      hooks: options.hook === "gated" ? { start: "start.sh", startSeconds: 3600 } : {},
      bridge: { port: bridgePort },
      ...(editorPort !== null && (await editorConfig(editorPort, folder))),
      sidecars: options.sidecars ?? [],
    };
    await mkdir(join(folder, "home"), { recursive: true });
    const file = join(folder, "sandboot.json");
    await writeFile(file, JSON.stringify(config, null, 2));
    const sandboot = join(root, "packages", "runtime", "dist", "cli.js");
    const child = spawn(nodeUnderTest, [sandboot, "boot", "--config", file, "--json"], {
      cwd: folder,
      env: { ...process.env, GATE: gate },
      stdio: ["ignore", "pipe", "inherit"],
    });
    // Its events are read from its socket; the first line says that the socket is there.
    const lines = createInterface({ input: child.stdout });
    await Promise.race([
      once(lines, "line"),
      once(child, "exit").then(([code]) => {
        throw new Error(`sandboot boot ended with ${code} before its first event`);
      }),
    ]);
    const place = { folder, keepFolder: options.folder !== undefined };
    return new Sandbox(place, child, editorPort);
  }

  /** Where its own code-server shows the checkout. */
  get url(): string {
    if (this.#editorPort === null) throw new Error("this sandbox has no code-server");
    const checkout = join(this.folder, "workspace", "shop");
    return `http://127.0.0.1:${this.#editorPort}/?folder=${encodeURIComponent(checkout)}`;
  }

  /** Lets start.sh go on; a word that begins with `fail` makes it fail. Resolves when it has read it. */
  async letHookGoOn(word: string): Promise<void> {
    await writeFile(join(this.folder, "gate"), `${word}\n`);
  }

  /** Resolves with the process's state, present or future, that `is` accepts. */
  process(id: string, is: (state: ProcessState) => boolean): Promise<ProcessState> {
    return this.#until(
      ({ processes }) => processes.find((state) => state.id === id && is(state)),
      `${id} came to that`,
    );
  }

  async #until<T>(find: (state: RuntimeState) => T | undefined, what: string): Promise<T> {
    const enough = new AbortController();
    let state = initialState;
    let found: T | undefined;
    const look = (next: RuntimeState) => {
      state = next;
      found ??= find(state);
      if (found !== undefined) enough.abort();
    };
    await this.client.follow({
      signal: enough.signal,
      onState: look,
      onEvent: (event) => look(reduceState(state, event)),
    });
    if (found === undefined) throw new Error(`the runtime ended before ${what}`);
    return found;
  }

  /** Resolves when prompts are let in. */
  async ready(): Promise<void> {
    await this.#until((state) => (state.status === "ready" ? state : undefined), "was ready");
  }

  /** As the kernel ends it when memory is short: the runtime says nothing, and what it started is no longer looked after. */
  async kill(): Promise<void> {
    await this.#signal("SIGKILL");
    await this.#killAll();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const inGoodOrder = await Promise.race([
      this.#signal("SIGTERM").then(() => true),
      delay(END_MS, false, { ref: false }),
    ]);
    await this.#killAll();
    if (!inGoodOrder) throw new Error("the runtime did not end in good order");
    if (!this.#keepFolder) {
      await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
    }
  }

  /** All that it started has the name of its gate in its environment. */
  #killAll(): Promise<void> {
    return killEverything(`GATE=${join(this.folder, "gate")}`);
  }

  async #signal(signal: NodeJS.Signals): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, "exit");
    this.#process.kill(signal);
    await ended;
  }
}

export function socketIn(folder: string): string {
  return join(folder, "state", "runtime.sock");
}

/** As an image has them, but that nothing is written outside of this sandbox's folder. */
async function editorConfig(port: number, folder: string): Promise<object> {
  const { bin } = await ensureCodeServer();
  const codeServer = {
    command: [process.execPath, bin],
    port,
    userDataDir: "home/code-server",
    env: await temporaryFiles(folder),
    settings: quietSettings,
  };
  // A killed one waits before it starts again for longer than any test runs: whoever has seen that ends the wait.
  const restart = { when: "always", backoffSeconds: 3600, maxBackoffSeconds: 3600 };
  const terminal = { port: await freePort(), restart };
  try {
    const { path } = await ensureTtyd();
    return { codeServer, terminal: { ...terminal, command: [path] } };
  } catch {
    // Where there is no ttyd: something else of that name that listens, and dies when it is killed.
    const script = `require("node:http").createServer((q, s) => s.end("<title>ttyd</title>")).listen(${terminal.port}, "127.0.0.1", () => console.log("listening"))`;
    return { codeServer, terminal: { ...terminal, command: [process.execPath, "-e", script] } };
  }
}

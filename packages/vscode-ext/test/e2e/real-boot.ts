import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import type { RuntimeEvent } from "@sandboot/runtime/protocol";
import { makeRepositories, makeStage } from "../../../../examples/quickstart/make-demo.mjs";

const root = join(import.meta.dirname, "..", "..", "..", "..");
const hook = join(import.meta.dirname, "..", "fixtures", "hooks", "wait-for-gate.sh");
const quickstart = join(root, ".cache", "panel-quickstart");

export interface RealBootOptions {
  readonly onEvent: (event: RuntimeEvent) => void;
  readonly sidecars?: readonly object[];
  /** Run the repository's own start.sh, instead of one that waits for {@link RealBoot.letHookGoOn}. */
  readonly ownHook?: boolean;
}

/**
 * `sandboot boot` on the quickstart's repository with real OpenCode.
 * Events come from `--json`, the same that the status API streams.
 */
export class RealBoot implements AsyncDisposable {
  readonly folder: string;
  readonly #process: ChildProcess;

  private constructor(folder: string, child: ChildProcess) {
    this.folder = folder;
    this.#process = child;
  }

  static async start({
    onEvent,
    sidecars = [],
    ownHook = false,
  }: RealBootOptions): Promise<RealBoot> {
    // Built once and kept: its content is another suite's business.
    await mkdir(quickstart, { recursive: true });
    await makeStage(quickstart);
    const folder = await mkdtemp(join(tmpdir(), "panel-boot-"));
    await makeRepositories(folder);
    const checkout = join(folder, "workspace", "shop");
    // Not tracked, so the checkout leaves it alone.
    await copyFile(hook, join(checkout, "wait-for-gate.sh"));
    await chmod(join(checkout, "wait-for-gate.sh"), 0o755);
    const gate = join(folder, "gate");
    await promisify(execFile)("mkfifo", [gate]);
    const [agentPort, bridgePort] = await Promise.all([freePort(), freePort()]);
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
      hooks: ownHook ? {} : { start: "wait-for-gate.sh" },
      bridge: { port: bridgePort },
      sidecars,
    };
    await mkdir(join(folder, "home"));
    const file = join(folder, "sandboot.json");
    await writeFile(file, JSON.stringify(config, null, 2));
    const sandboot = join(root, "packages", "runtime", "dist", "cli.js");
    const child = spawn(process.execPath, [sandboot, "boot", "--config", file, "--json"], {
      cwd: folder,
      env: { ...process.env, GATE: gate },
      stdio: ["ignore", "pipe", "inherit"],
    });
    if (child.stdout === null) throw new Error("stdout is a pipe");
    const lines = createInterface({ input: child.stdout });
    lines.on("line", (line) => onEvent(JSON.parse(line)));
    await Promise.race([
      once(lines, "line"),
      once(child, "exit").then(([code]) => {
        throw new Error(`sandboot boot ended with ${code} before its first event`);
      }),
    ]);
    return new RealBoot(folder, child);
  }

  /** Lets start.sh go on; a word that begins with `fail` makes it fail. Resolves when it has read it. */
  async letHookGoOn(word: string): Promise<void> {
    await writeFile(join(this.folder, "gate"), `${word}\n`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const ended = once(this.#process, "exit");
      this.#process.kill("SIGTERM");
      await ended;
    }
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** A port of loopback that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

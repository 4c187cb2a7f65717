import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../../../test/support/ports.ts";
import { type CodeServer, prepareCodeServer } from "./code-server.ts";

export interface EditorOptions {
  /** Where the runtime's socket is, as the runtime tells its sidecars. */
  readonly env?: Readonly<Record<string, string>>;
  readonly version?: string;
  /** A person's, besides those that every editor of the tests has. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** A real code-server of its own, that outlives the runtimes which its panel shows. */
export class Editor implements AsyncDisposable {
  readonly home: string;
  readonly url: string;
  readonly server: CodeServer;
  readonly #process: ChildProcess;

  private constructor(home: string, url: string, server: CodeServer, process: ChildProcess) {
    this.home = home;
    this.url = url;
    this.server = server;
    this.#process = process;
  }

  static async start({ env = {}, version, settings }: EditorOptions = {}): Promise<Editor> {
    const home = await mkdtemp(join(tmpdir(), "panel-editor-"));
    const workspace = join(home, "shop");
    await mkdir(workspace);
    await writeFile(join(workspace, "README.md"), "# Shop\n");
    const port = await freePort();
    const server = await prepareCodeServer({
      home,
      port,
      ...(version === undefined ? {} : { version }),
      ...(settings === undefined ? {} : { settings }),
    });
    const [program = "", ...args] = server.command;
    // A group of its own, so that its extension host ends with it.
    const child = spawn(program, args, {
      env: { ...server.env, ...env },
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    await new Promise<void>((resolve, reject) => {
      const hear = (chunk: string) => {
        said += chunk;
        if (said.includes("HTTP server listening on")) resolve();
      };
      child.stdout.setEncoding("utf8").on("data", hear);
      child.stderr.setEncoding("utf8").on("data", hear);
      child.once("exit", (code) => reject(new Error(`code-server ended with ${code}: ${said}`)));
    });
    return new Editor(home, server.url(workspace), server, child);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { pid } = this.#process;
    if (pid !== undefined && this.#process.exitCode === null) {
      const ended = once(this.#process, "exit");
      process.kill(-pid, "SIGKILL");
      await ended;
    }
    await rm(this.home, { recursive: true, force: true, maxRetries: 5 });
  }
}

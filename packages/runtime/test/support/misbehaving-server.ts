import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";
import { processClock } from "../../src/base/clock.ts";
import { NO_GRACE } from "../../src/process/grace.ts";
import { ProcessLog } from "../../src/process/process-log.ts";
import { type RunningProcess, spawnProcess } from "../../src/process/spawn.ts";
import { bareEnv } from "./bare-env.ts";
import { Changes } from "./changes.ts";
import { freePort, scratchFolder } from "./scratch.ts";

const program = join(import.meta.dirname, "../fixtures/misbehaving-server.mjs");

/** A server that misbehaves on command, in a separate process. */
export class MisbehavingServer {
  readonly process: RunningProcess;
  readonly port: number;
  readonly #control: Socket;
  readonly #changes = new Changes();
  /** Paths of the requests received so far. */
  readonly requests: string[] = [];
  #done = 0;

  private constructor(process: RunningProcess, port: number, control: Socket) {
    this.process = process;
    this.port = port;
    this.#control = control;
    createInterface({ input: control }).on("line", (line) => {
      const message = JSON.parse(line) as { path?: string; done?: string };
      if (message.path !== undefined) this.requests.push(message.path);
      if (message.done !== undefined) this.#done += 1;
      this.#changes.notify();
    });
    // A command may make it exit.
    control.on("error", () => {});
  }

  static async start(): Promise<MisbehavingServer> {
    const path = join(await scratchFolder(), "control");
    const port = await freePort();
    const listener = createServer();
    await new Promise<void>((resolve) => listener.listen(path, resolve));
    const child = spawnProcess({
      command: process.execPath,
      args: ["--no-warnings", program, path],
      cwd: "/",
      env: bareEnv(),
      log: new ProcessLog({ clock: processClock }),
    });
    onTestFinished(async () => {
      await child.terminate(NO_GRACE);
    });
    const [control] = (await once(listener, "connection")) as [Socket];
    listener.close();
    return new MisbehavingServer(child, port, control);
  }

  bind(port = this.port): Promise<void> {
    return this.#tell("bind", port);
  }

  behave(how: "swallow" | "cut" | "late" | number): Promise<void> {
    return this.#tell("behave", how);
  }

  /** Makes it write a text to its stdout, unchanged. Resolves when it has written. */
  write(text: string): Promise<void> {
    return this.#tell("write", text);
  }

  exit(code: number): void {
    this.#send("exit", code);
  }

  /** Resolves when so many more requests have been received. */
  async received(more: number): Promise<void> {
    const target = this.requests.length + more;
    await this.#changes.until(() => this.requests.length >= target);
  }

  async #tell(command: string, argument: unknown): Promise<void> {
    const done = this.#done + 1;
    this.#send(command, argument);
    await this.#changes.until(() => this.#done >= done);
  }

  #send(command: string, argument: unknown): void {
    this.#control.write(`${JSON.stringify([command, argument])}\n`);
  }
}

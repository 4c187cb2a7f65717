import { type ChildProcess, type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { onTestFinished } from "vitest";
import { nodeUnderTest } from "../../../../test/support/node-under-test.ts";
import { describe, killEverything, processesWith } from "../../../../test/support/process-table.ts";
import {
  type BootReport,
  bootReportSchema,
  type EventType,
  type RuntimeEvent,
  runtimeEventSchema,
} from "../../src/protocol/index.ts";
import { bareEnv } from "./bare-env.ts";
import { Changes } from "./changes.ts";

/** The built command line, as it is published. */
export const sandbootBin = join(import.meta.dirname, "../../dist/cli.js");

/** Every process that a runtime starts has this in its environment. By it the tests find what is left of a runtime. */
export const markOf = (home: string) => `HOME=${home}`;

/** How long a runtime may take to shut down after its test has failed. */
const END_MS = 15_000;

type EventOf<T extends EventType> = Extract<RuntimeEvent, { type: T }>;

type Child = ChildProcessByStdio<null, Readable, Readable>;

interface Ended {
  readonly exitCode: number | null;
  readonly stderr: string;
}

/** A running `sandboot boot`: its events as they come, its end, its report. */
export class RunningSandboot {
  readonly events: RuntimeEvent[] = [];
  readonly #child: Child;
  readonly #reportFile: string;
  readonly #changes = new Changes();
  readonly #end: Promise<Ended>;
  #ended = false;

  private constructor(child: Child, reportFile: string) {
    this.#child = child;
    this.#end = Promise.all([text(child.stderr), once(child, "close")]).then(([stderr]) => ({
      exitCode: child.exitCode,
      stderr,
    }));
    this.#reportFile = reportFile;
    const lines = createInterface({ input: child.stdout });
    lines.on("line", (line) => {
      this.events.push(runtimeEventSchema.parse(JSON.parse(line)));
      this.#changes.notify();
    });
    lines.on("close", () => {
      this.#ended = true;
      this.#changes.notify();
    });
  }

  static async start(options: {
    folder: string;
    config: object;
    args?: readonly string[];
    env?: Readonly<Record<string, string>>;
    /** A command that runs it as its last arguments: an init, a namespace. */
    under?: readonly string[];
  }): Promise<RunningSandboot> {
    const { folder, config, args = [], env = {}, under = [] } = options;
    const configFile = join(folder, "sandboot.json");
    const reportFile = join(folder, "report.json");
    await writeFile(configFile, JSON.stringify(config, null, 2));
    const flags = ["--config", configFile, "--report", reportFile, "--json", ...args];
    const home = join(folder, "home");
    const [program = "", ...rest] = [...under, nodeUnderTest, sandbootBin, "boot", ...flags];
    const child = spawn(program, rest, {
      cwd: folder,
      env: { ...bareEnv(), HOME: home, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const running = new RunningSandboot(child, reportFile);
    onTestFinished(() =>
      endAll(child, {
        home,
        // The command before it may not pass SIGTERM on. When it is killed, the runtime ends with it.
        signal: under.length === 0 ? "SIGTERM" : "SIGKILL",
      }),
    );
    return running;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** The first event that fits; it may have come already. Fails when sandboot ends before it. */
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
        const { stderr, exitCode } = await this.#end;
        throw new Error(`sandboot ended (${exitCode}) without ${type}:\n${stderr}`);
      }
      await this.#changes.next();
    }
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  ended(): Promise<Ended> {
    return this.#end;
  }

  async report(): Promise<BootReport> {
    return bootReportSchema.parse(JSON.parse(await readFile(this.#reportFile, "utf8")));
  }

  /** The index of the first event that fits, among all events; -1 when there is none. */
  position<T extends EventType>(
    type: T,
    fits: (event: EventOf<T>) => boolean = () => true,
  ): number {
    return this.events.findIndex((event) => event.type === type && fits(event as EventOf<T>));
  }
}

/**
 * Ends a runtime that its test has not ended, and everything that the runtime started.
 *
 * @param options - `home`: a folder that only this runtime uses.
 * @throws when a runtime that ended by itself has left processes behind.
 */
export async function endAll(
  child: ChildProcess,
  { home, signal = "SIGTERM" }: { readonly home: string; readonly signal?: NodeJS.Signals },
): Promise<void> {
  const mark = markOf(home);
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, "exit");
    child.kill(signal);
    await Promise.race([exited, delay(END_MS, undefined, { ref: false })]);
  }
  // A runtime that was killed could not end its processes, and one that hangs is itself among them.
  const left = child.exitCode === null ? [] : processesWith(mark);
  await killEverything(mark);
  if (left.length > 0) throw new Error(`the runtime has left behind:\n${describe(left)}`);
}

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

/** The command line as it is shipped. */
export const sandbootBin = join(import.meta.dirname, "../../dist/cli.js");

/** What all that a runtime starts has in its environment: so the process table says what is left of it. */
export const markOf = (home: string) => `HOME=${home}`;

/** What a test that failed half-way gives its runtime to end in good order. */
const END_MS = 15_000;

type EventOf<T extends EventType> = Extract<RuntimeEvent, { type: T }>;

type Child = ChildProcessByStdio<null, Readable, Readable>;

interface Ended {
  readonly exitCode: number | null;
  readonly stderr: string;
}

/** A `sandboot boot` that runs: its events as they come, its end, its report. */
export class RunningSandboot {
  readonly events: RuntimeEvent[] = [];
  readonly #child: Child;
  readonly #reportFile: string;
  readonly #watchers = new Set<() => void>();
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
      for (const watcher of [...this.#watchers]) watcher();
    });
    lines.on("close", () => {
      this.#ended = true;
      for (const watcher of [...this.#watchers]) watcher();
    });
  }

  static async start(options: {
    folder: string;
    config: object;
    args?: readonly string[];
    env?: Readonly<Record<string, string>>;
    /** The command line that it is the last part of: an init, a namespace. */
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
        // What stands before it need not pass a TERM on, and takes it along when it is killed.
        signal: under.length === 0 ? "SIGTERM" : "SIGKILL",
      }),
    );
    return running;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** The first event, past or to come, that fits. Fails when sandboot ends without it. */
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
      await new Promise<void>((resolve) => {
        const watcher = () => {
          this.#watchers.delete(watcher);
          resolve();
        };
        this.#watchers.add(watcher);
      });
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

  /** Position of an event in the order of everything that happened. */
  position<T extends EventType>(
    type: T,
    fits: (event: EventOf<T>) => boolean = () => true,
  ): number {
    return this.events.findIndex((event) => event.type === type && fits(event as EventOf<T>));
  }
}

/**
 * Ends what a test has not ended: a good one leaves nothing to do.
 *
 * @param options - `home`: the runtime's, and nobody else's.
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
  // One that was killed can end nobody, and one that hangs is itself among them.
  const left = child.exitCode === null ? [] : processesWith(mark);
  await killEverything(mark);
  if (left.length > 0) throw new Error(`the runtime has left behind:\n${describe(left)}`);
}

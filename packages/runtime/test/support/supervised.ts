import { onTestFinished } from "vitest";
import { createRedactor } from "../../src/base/redact.ts";
import type { Timers } from "../../src/base/timers.ts";
import type { ReadinessProbe } from "../../src/process/readiness/probe.ts";
import type { ManagedProcess } from "../../src/process/supervise/managed-process.ts";
import type { ManagedProcessOptions } from "../../src/process/supervise/options.ts";
import type { RestartPolicy } from "../../src/process/supervise/restart-policy.ts";
import { Supervisor } from "../../src/process/supervise/supervisor.ts";
import type { EventBody, ProcessStatus } from "../../src/protocol/index.ts";
import { bareEnv } from "./bare-env.ts";

/** A clock that only the test advances. */
class ManualTime implements Timers {
  nowMs = 0;
  #waiting: { readonly atMs: number; readonly task: () => void }[] = [];

  after(ms: number, task: () => void): () => void {
    const entry = { atMs: this.nowMs + ms, task };
    this.#waiting.push(entry);
    return () => {
      this.#waiting = this.#waiting.filter((other) => other !== entry);
    };
  }

  advance(ms: number): void {
    this.nowMs += ms;
    const due = this.#waiting.filter(({ atMs }) => atMs <= this.nowMs);
    this.#waiting = this.#waiting.filter(({ atMs }) => atMs > this.nowMs);
    for (const { task } of due.toSorted((a, b) => a.atMs - b.atMs)) task();
  }
}

/** Ready as soon as the process has been started. */
const started: ReadinessProbe = {
  wait: async () => ({ by: "started", attempts: 1, lagMs: 0 }),
};

export const policy: RestartPolicy = {
  when: "always",
  maxRestarts: 3,
  windowMs: 60_000,
  backoffMs: 100,
  maxBackoffMs: 10_000,
  quietMs: 30_000,
};

/** A supervisor of real processes with a clock that the test advances. */
export class Supervised {
  readonly time = new ManualTime();
  readonly hurry = new AbortController();
  readonly events: EventBody[] = [];
  readonly supervisor: Supervisor;

  /** @param emit - Called with every event. */
  constructor({
    graceMs = 10_000,
    emit = () => {},
  }: {
    readonly graceMs?: number;
    readonly emit?: (event: EventBody) => void;
  } = {}) {
    this.supervisor = new Supervisor({
      clock: { nowMs: () => this.time.nowMs, isoNow: () => new Date(0).toISOString() },
      timers: this.time,
      random: () => 0.5,
      redactor: createRedactor({}),
      graceMs,
      hurry: this.hurry.signal,
      emit: (event) => {
        this.events.push(event);
        emit(event);
      },
    });
    onTestFinished(async () => {
      this.hurry.abort();
      await this.supervisor.stopAll();
    });
  }

  /** Adds a bash script that the restart policy applies to from its first start. */
  readonly add = (
    id: string,
    script: string,
    options: Partial<ManagedProcessOptions> & { readonly cwd?: string } = {},
  ): ManagedProcess => {
    const process_ = this.supervisor.add({
      id,
      kind: "sidecar",
      spec: () => ({
        command: "bash",
        args: ["-c", script],
        cwd: options.cwd ?? "/",
        env: bareEnv(),
      }),
      probe: started,
      readyTimeoutMs: 60_000,
      restart: policy,
      niceness: 0,
      optional: true,
      port: null,
      url: null,
      ...options,
    });
    process_.supervise();
    return process_;
  };

  /** The states of a process, in order. */
  readonly history = (id: string): string[] =>
    this.events.flatMap((event) =>
      event.type === "process.changed" && event.process.id === id ? [event.process.status.id] : [],
    );
}

/** Resolves when the process is in this state. */
export function until<Id extends ProcessStatus["id"]>(
  process: ManagedProcess,
  id: Id,
): Promise<Extract<ProcessStatus, { id: Id }>> {
  return new Promise((resolve) => {
    const look = () => {
      const { status } = process.state;
      if (status.id !== id) return;
      unsubscribe();
      resolve(status as Extract<ProcessStatus, { id: Id }>);
    };
    const unsubscribe = process.subscribe(look);
    look();
  });
}

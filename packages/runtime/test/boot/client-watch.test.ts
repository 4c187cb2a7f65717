import { expect, it } from "vitest";
import type { AgentActivity, FollowClients } from "../../src/agents/driver.ts";
import { ClientWatch } from "../../src/boot/client-watch.ts";
import { PromptWatch } from "../../src/boot/prompt-watch.ts";
import type { Child } from "../../src/process/supervise/child.ts";
import type { ManagedProcess } from "../../src/process/supervise/managed-process.ts";
import type { FirstAnswer } from "../../src/protocol/index.ts";

type Connection = Parameters<FollowClients>[0] & { readonly end: () => void };
type Change = { readonly firstAnswer?: FirstAnswer | null };

/** A watch of an agent whose process, connections and time are the test's. */
function watched() {
  const connections: Connection[] = [];
  const told: unknown[] = [];
  const listeners = new Set<() => void>();
  const waiting: (() => void)[] = [];
  const time = { nowMs: 1_000 };
  const clock = { nowMs: () => time.nowMs, isoNow: () => "" };
  const process = { current: { id: "idle" } as ManagedProcess["current"] };
  const report = {
    update: ({ firstAnswer }: Change) => told.push(firstAnswer),
    authenticated: () => told.push("authenticated"),
    sessionOpened: (session: string, nowMs: number) => told.push([session, nowMs]),
  };
  const watch = new ClientWatch({
    follow: (to) =>
      new Promise((resolve) => {
        connections.push({ ...to, end: resolve });
        to.signal.addEventListener("abort", () => resolve());
      }),
    process: {
      get current() {
        return process.current;
      },
      subscribe: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    prompts: new PromptWatch({
      driver: { promptKind: () => null },
      clock,
      report,
      onAnswered: () => told.push("warm"),
    }),
    report,
    clock,
    timers: {
      after: (_, task) => {
        waiting.push(task);
        return () => {};
      },
    },
    url: new URL("http://127.0.0.1:1"),
  });
  const become = (current: object) => {
    process.current = current as ManagedProcess["current"];
    for (const listener of listeners) listener();
  };
  return {
    ...{ watch, connections, told, become },
    run: (pid: number) => become({ id: "running", child: { pid } as Child }),
    hear: (...heard: readonly (AgentActivity | number)[]) => {
      for (const one of heard) {
        if (typeof one === "number") time.nowMs += one;
        else connections.at(-1)?.onActivity(one);
      }
    },
    /** Lets the time before the next try pass. */
    again: async () => {
      while (waiting.length === 0) await new Promise((resolve) => setImmediate(resolve));
      waiting.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

it("the first answer that ends well is measured, whatever was asked before and beside it", () => {
  const { run, hear, told } = watched();
  run(1);
  hear({ type: "prompt-asked", prompt: 1 }, { type: "prompt-updated", prompt: 1 });
  hear({ type: "prompt-ended", prompt: 1, isAnswered: false });
  hear({ type: "prompt-asked", prompt: 2 }, 5, { type: "prompt-asked", prompt: 3 });
  hear(20, { type: "prompt-updated", prompt: 3 }, 100);
  hear({ type: "prompt-ended", prompt: 3, isAnswered: true });
  const times = { askedMs: 1_005, headersMs: 20, firstByteMs: 20, endMs: 120 };
  expect(told).toEqual([{ kind: "answered", ...times }, "warm"]);
  hear({ type: "prompt-ended", prompt: 2, isAnswered: true });
  expect(told).toHaveLength(2);
});

it("an answer without a piece before its end has none", () => {
  const { run, hear, told } = watched();
  run(1);
  hear({ type: "prompt-asked", prompt: 1 }, 7, {
    type: "prompt-ended",
    prompt: 1,
    isAnswered: true,
  });
  expect(told[0]).toMatchObject({ headersMs: 7, firstByteMs: null, endMs: 7 });
});

it("a connection that ends is made again while the process runs, and each process has its own", async () => {
  const { watch, connections, run, become, hear, again, told } = watched();
  become({ id: "starting" });
  expect(connections).toHaveLength(0);
  run(1);
  hear({ type: "prompt-asked", prompt: 1 });
  connections[0]?.end();
  await again();
  expect(connections).toHaveLength(2);
  // A prompt of the connection before is not known here.
  hear({ type: "prompt-ended", prompt: 1, isAnswered: true }, { type: "authenticated" });
  hear({ type: "session-opened", sessionId: "s1" });
  expect(told).toEqual(["authenticated", ["s1", 1_000]]);

  become({ id: "crashed" });
  expect(connections[1]?.signal.aborted).toBe(true);
  run(2);
  expect(connections).toHaveLength(3);
  await watch[Symbol.asyncDispose]();
  expect(connections[2]?.signal.aborted).toBe(true);
  run(3);
  expect(connections).toHaveLength(3);
});

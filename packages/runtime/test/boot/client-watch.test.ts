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
    authenticationRequired: (need: object) => told.push(need),
    sessionOpened: (session: string, nowMs: number) => told.push([session, nowMs]),
  };
  const prompts = new PromptWatch({
    driver: { promptKind: () => null },
    clock,
    report,
    onAnswered: () => told.push("warm"),
  });
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
    prompts,
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
    ...{ watch, connections, told, become, prompts },
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

it("a prompt ends the warm-up, and the first answer is reported, also when the connection was made after both", () => {
  const { run, hear, told, prompts } = watched();
  run(1);
  hear({ type: "prompt-asked" });
  expect([prompts.first.aborted, told]).toEqual([true, []]);
  hear(200, { type: "answered", agoMs: 195, updateMs: 20, endMs: 120 });
  const times = { askedMs: 1_005, headersMs: 20, firstByteMs: 20, endMs: 120 };
  expect(told).toEqual([{ kind: "answered", ...times }, "warm"]);
  // Of the next process.
  run(2);
  hear({ type: "answered", agoMs: 9, updateMs: 1, endMs: 2 });
  expect(told).toHaveLength(2);
});

it("an answer without a piece before its end has none", () => {
  const { run, hear, told } = watched();
  run(1);
  hear({ type: "answered", agoMs: 7, updateMs: null, endMs: 7 });
  expect(told[0]).toMatchObject({ headersMs: 7, firstByteMs: null, endMs: 7 });
});

it("a connection that ends is made again while the process runs, and each process has its own", async () => {
  const { watch, connections, run, become, hear, again, told } = watched();
  become({ id: "starting" });
  expect(connections).toHaveLength(0);
  run(1);
  connections[0]?.end();
  await again();
  expect(connections).toHaveLength(2);
  const need = { message: "a key, please", methods: [{ id: "key", name: "A key" }] };
  hear({ type: "authentication-required", ...need }, { type: "authenticated" });
  hear({ type: "session-opened", sessionId: "s1" });
  expect(told).toEqual([need, "authenticated", ["s1", 1_000]]);

  become({ id: "crashed" });
  expect(connections[1]?.signal.aborted).toBe(true);
  run(2);
  expect(connections).toHaveLength(3);
  await watch[Symbol.asyncDispose]();
  expect(connections[2]?.signal.aborted).toBe(true);
  run(3);
  expect(connections).toHaveLength(3);
});

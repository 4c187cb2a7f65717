import { join } from "node:path";
import { copyFolders, type StagePool } from "@sandboot/stager";
import { expect, it } from "vitest";
import { processClock } from "../../src/base/clock.ts";
import { inSpareTime, untilIdle } from "../../src/boot/spare-time.ts";
import { EventBus } from "../../src/observe/events/bus.ts";
import { writeFiles } from "../support/git.ts";
import { scratchFolder } from "../support/scratch.ts";

/** Copies a small tree to a place of its own. */
async function copier() {
  const folder = await scratchFolder();
  const source = join(folder, "tree");
  await writeFiles(source, { "one.txt": "one" });
  return async (pool: StagePool, to: string) => {
    const { signal } = new AbortController();
    const folders = [{ path: "tree", source }];
    await copyFolders({ pool, targetDir: join(folder, to), folders, signal });
  };
}

const nobodyAsks = {
  first: new AbortController().signal,
  firstAnswer: new Promise<void>(() => {}),
  next: new AbortController().signal,
};

it("stands still from the first prompt until its answer, and then goes on", async () => {
  const copy = await copier();
  const prompt = new AbortController();
  const answer = Promise.withResolvers<void>();
  const order: string[] = [];
  const work = inSpareTime(
    { first: prompt.signal, firstAnswer: answer.promise, next: prompt.signal },
    async (pool) => {
      await copy(pool, "before");
      prompt.abort();
      await copy(pool, "after");
      order.push("copied");
    },
  );
  prompt.signal.addEventListener("abort", async () => {
    // Takes longer than the copy would: its thread has to start first.
    await inSpareTime(nobodyAsks, (pool) => copy(pool, "other"));
    order.push("answered");
    answer.resolve();
  });
  await work;
  expect(order).toEqual(["answered", "copied"]);
});

it("stands still from the start when the first prompt is there already", async () => {
  const copy = await copier();
  const prompt = new AbortController();
  prompt.abort();
  const answer = Promise.withResolvers<void>();
  const order: string[] = [];
  const work = inSpareTime(
    { first: prompt.signal, firstAnswer: answer.promise, next: prompt.signal },
    async (pool) => {
      await copy(pool, "first");
      order.push("copied");
    },
  );
  await inSpareTime(nobodyAsks, async (pool) => {
    await copy(pool, "other");
    await copy(pool, "another");
  });
  order.push("answered");
  answer.resolve();
  await work;
  expect(order).toEqual(["answered", "copied"]);
});

it.each(["the agent is warm", "the signal is aborted"])("nobody waits when %s", async (what) => {
  const bus = new EventBus({ clock: processClock, redact: (value) => value });
  const stop = new AbortController();
  const order: string[] = [];
  const idle = untilIdle(bus, stop.signal).then(() => order.push("idle"));
  bus.emit({ type: "boot.ready", readyMs: 1, urls: {} });
  order.push("ready");
  if (what === "the agent is warm") bus.emit({ type: "boot.warm", warmMs: 2 });
  else stop.abort();
  await idle;
  await untilIdle(bus, stop.signal);
  expect(order).toEqual(["ready", "idle"]);
});

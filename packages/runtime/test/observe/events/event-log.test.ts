import { existsSync } from "node:fs";
import { open, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { processClock } from "../../../src/base/clock.ts";
import { runtimeWarning } from "../../../src/base/warned.ts";
import type { RuntimeWarning } from "../../../src/base/warning.ts";
import { EventBus } from "../../../src/observe/events/bus.ts";
import {
  EventLog,
  type EventLogOptions,
  olderThan,
} from "../../../src/observe/events/event-log.ts";
import type { RuntimeEvent } from "../../../src/protocol/index.ts";
import { scratchFolder } from "../../support/scratch.ts";

async function startLog(options: Partial<EventLogOptions> = {}) {
  const path = options.path ?? join(await scratchFolder(), "events.jsonl");
  const bus = new EventBus({ clock: processClock, redact: (value) => value });
  const warnings: RuntimeWarning[] = [];
  const warn = (warning: RuntimeWarning) => {
    warnings.push(warning);
    bus.emit(runtimeWarning(warning));
  };
  const log = new EventLog(bus, { warn, ...options, path });
  const say = (message: string) => bus.emit({ type: "phase.warning", id: "stage", message });
  return { path, bus, warnings, log, say, end: () => log[Symbol.asyncDispose]() };
}

const eventsIn = async (path: string): Promise<RuntimeEvent[]> =>
  (await readFile(path, "utf8"))
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));

/** A device or a pipe, as stand-ins for a full and for a slow disk. */
const anything = (path: string) => open(path, "a+");

describe("the event log", () => {
  it("has every event in order when it is closed, and writes nothing within emit", async () => {
    const { path, say, end } = await startLog();
    const events = Array.from({ length: 500 }, (_, n) => say(`${n}`));
    // In the same turn.
    expect(existsSync(path)).toBe(false);
    await end();
    expect(await eventsIn(path)).toEqual(events);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it("is continued by the next runtime, on a new line even if the last line is incomplete", async () => {
    const { path, end: endFirst, say: sayFirst } = await startLog();
    sayFirst("of the first");
    await endFirst();
    await writeFile(path, '{"seq": 2, "type": "pha', { flag: "a" });
    const second = await startLog({ path });
    second.say("of the second");
    await second.end();
    const lines = (await readFile(path, "utf8")).trimEnd().split("\n");
    expect(lines).toHaveLength(3);
    expect(JSON.parse(lines[2] ?? "")).toMatchObject({ seq: 1, message: "of the second" });
  });

  it("is rotated when it is full, and no event is lost between the two files", async () => {
    const maxBytes = 10_000;
    const { path, say, end } = await startLog({ maxBytes });
    const all = Array.from({ length: 200 }, () => say("x".repeat(400)));
    await end();
    const older = olderThan(path);
    expect(older).toMatch(/events\.1\.jsonl$/);
    for (const file of [path, older]) expect((await stat(file)).size).toBeLessThanOrEqual(maxBytes);
    const seqs = [...(await eventsIn(older)), ...(await eventsIn(path))].map(({ seq }) => seq);
    expect(seqs.at(-1)).toBe(all.at(-1)?.seq);
    expect(seqs.length).toBeGreaterThan(15);
    expect(seqs).toEqual(seqs.map((_, n) => (seqs[0] ?? 0) + n));
  });

  it("C13: lines of output push out no other event, and the log says that they are left out", async () => {
    const { path, bus, say, warnings, end } = await startLog({ maxBytes: 20_000 });
    const first = say("the first");
    for (let n = 0; n < 500; n++) {
      bus.emit({ type: "phase.output", id: "hook.start:demo", stream: "stdout", line: `${n}` });
    }
    const last = say("the last");
    await end();
    expect(existsSync(olderThan(path))).toBe(false);
    const events = await eventsIn(path);
    expect(events).toContainEqual(first);
    expect(events).toContainEqual(last);
    expect(events.length).toBeLessThan(300);
    expect(warnings).toEqual([{ code: "output-not-logged", path }]);
  });

  it("warns once of a full disk", async () => {
    const path = join(await scratchFolder(), "events.jsonl");
    await symlink("/dev/full", path);
    const { say, end, warnings, bus } = await startLog({ path, open: anything });
    for (let n = 0; n < 5; n++) {
      say(`${n}`);
      await new Promise(setImmediate);
      await new Promise(setImmediate);
    }
    await end();
    const cause = { errno: "ENOSPC", syscall: "write", path };
    expect(warnings).toEqual([{ code: "events-not-written", path, cause }]);
    expect(bus.state.warnings).toHaveLength(1);
  });

  it("drops events that a slow disk cannot take, instead of keeping them in memory", async () => {
    const path = join(await scratchFolder(), "events.jsonl");
    await execa("mkfifo", [path]);
    const { say, end, warnings } = await startLog({ path, maxWaiting: 100_000, open: anything });
    // More than a pipe holds, so this write blocks until the test reads.
    for (let n = 0; n < 90; n++) say("x".repeat(1_000));
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    for (let n = 0; n < 500; n++) say("y".repeat(1_000));
    const reader = execa("cat", [path]);
    const ended = end();
    const { stdout } = await reader;
    await ended;
    expect(warnings).toEqual([{ code: "events-lost", path, events: expect.any(Number) }]);
    const lines = stdout.split("\n");
    expect(lines.length).toBeGreaterThan(90);
    expect(lines.length).toBeLessThan(200);
    for (const line of lines) JSON.parse(line);
  });
});

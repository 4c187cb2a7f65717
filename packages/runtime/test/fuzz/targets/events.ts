import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createParser } from "eventsource-parser";
import { failedWith } from "../../../src/base/failed.ts";
import { SseParser } from "../../../src/protocol/client/sse.ts";
import {
  initialState,
  reduceState,
  runtimeEventSchema,
  runtimeStateSchema,
} from "../../../src/protocol/index.ts";
import { readReport } from "../../../src/report/read-report.ts";
import { nearly } from "../nearly.ts";
import { type FuzzTarget, onlyForeseen, stateless } from "../target.ts";

const at = "2026-03-04T05:06:07.000Z";
const phases = [{ id: "stage", title: "Stage", needs: [], where: "workers", required: true }];
const EVENTS = [
  {
    type: "boot.started",
    runtimeVersion: "1",
    pid: 7,
    startedAt: at,
    sandboxId: null,
    mode: "fresh",
    phases,
  },
  { type: "phase.started", id: "stage" },
  { type: "phase.detail", id: "stage", detail: { a: 1 } },
  { type: "phase.output", id: "stage", stream: "stdout", line: "x" },
  { type: "phase.warning", id: "stage", code: "c", message: "m" },
  { type: "phase.ended", id: "stage", status: "done", startMs: 1, endMs: 2, detail: {} },
  { type: "bridge.changed", bridge: { gate: "open", reason: null, held: 0 } },
  { type: "boot.ready", readyMs: 5, urls: { bridge: "http://x" } },
  { type: "boot.warm", warmMs: 6 },
  { type: "runtime.warning", source: "s", message: "m" },
  { type: "boot.failed", phase: "stage", failure: { code: "c", message: "m" }, readyByThen: [] },
  { type: "shutdown.started", reason: "r" },
  { type: "shutdown.ended", exitCode: 0 },
]
  .map((body, seq) => JSON.stringify({ seq, at, ms: seq, ...body }))
  .join("\n");

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

/** An event log. Each state that follows from valid events, in whatever order, is a state. */
export const events: FuzzTarget = {
  name: "events",
  input: nearly(EVENTS, EVENTS.split("\n").toReversed().join("\n")),
  open: async () =>
    stateless(async (input) => {
      let state = initialState;
      for (const line of input.split("\n")) {
        const event = runtimeEventSchema.safeParse(parsed(line));
        if (event.success) state = reduceState(state, event.data);
      }
      runtimeStateSchema.parse(JSON.parse(JSON.stringify(state)));
    }),
};

/** A stream of events, cut anywhere. Another parser reads the same messages. */
export const sse: FuzzTarget = {
  name: "sse",
  input: nearly(
    ': hello\n\nid: 7\ndata: {"a":1}\n\nevent: state\r\ndata: x\r\ndata: y\r\n\r\ndata\n\n',
  ),
  open: async () =>
    stateless(async (input) => {
      const theirs: string[] = [];
      const parser = createParser({ onEvent: ({ data }) => theirs.push(data) });
      // Their parser takes a mark at the beginning away, as the specification says; ours gets text that was decoded.
      const text = input.replace(/^\ufeff/, "");
      parser.feed(text);
      const ours = new SseParser();
      const half = Math.floor(text.length / 2);
      const messages = [...ours.push(text.slice(0, half)), ...ours.push(text.slice(half))];
      const found = messages.map(({ data }) => data);
      // At a \r at the very end they differ in when they know, not in what.
      if (text.endsWith("\r")) return;
      if (found.join("\0") !== theirs.join("\0")) {
        throw new Error(`read ${JSON.stringify(found)}, they read ${JSON.stringify(theirs)}`);
      }
    }),
};

const READY = join(import.meta.dirname, "../../fixtures/ready-report.json");

/** A file that should be a report. */
export const reportFile: FuzzTarget = {
  name: "report",
  input: nearly(JSON.stringify(JSON.parse(readFileSync(READY, "utf8")))),
  open: async (folder) => {
    const path = join(folder, "report.json");
    return stateless(async (input) => {
      await writeFile(path, input);
      await onlyForeseen(
        () => readReport(path),
        (error) => failedWith(error, "report-unreadable"),
      );
    });
  },
};

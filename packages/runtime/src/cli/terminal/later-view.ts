import type { EventBus } from "../../observe/events/bus.ts";
import { formatDuration } from "../../protocol/derive/format.ts";
import type { RuntimeEvent, RuntimeState } from "../../protocol/index.ts";
import { coloursOf, type Look, linkTo, printable } from "../../report/look.ts";
import { aboutOf } from "./event-line.ts";
import { logRecordOf } from "./log-record.ts";
import { show } from "./shown.ts";

export interface LaterViewOptions {
  readonly bus: EventBus;
  readonly stream: NodeJS.WritableStream;
  readonly look: () => Look;
}

/** Phases and processes of which good news is shown, too. */
interface Awaited {
  /** Ids of phases that were running when the boot was ready. */
  readonly late: Set<string>;
  /** Ids of processes that went down. */
  readonly down: Set<string>;
}

/**
 * Shows what happens after a boot, in a terminal: late phases, warnings, crashes, restarts, and why the sandbox ends.
 * `sandboot events` shows the rest.
 *
 * @returns The call that ends this.
 */
export function showWhatComesLater({ bus, stream, look }: LaterViewOptions): () => void {
  const running = bus.state.phases.filter(({ status }) => status === "running");
  const awaited: Awaited = { late: new Set(running.map(({ id }) => id)), down: new Set() };
  return bus.subscribe((event, state) => {
    if (isNews(event, awaited)) show(stream, `${newsLine(event, state, look())}\n`);
  });
}

function newsLine(event: RuntimeEvent, state: RuntimeState, look: Look): string {
  const colours = coloursOf(look);
  const { level } = logRecordOf(event);
  const paint = level === "error" ? colours.red : level === "warn" ? colours.yellow : colours.green;
  const mark = level === "info" || level === "debug" ? (look.unicode ? "·" : "-") : "!";
  if (event.type === "phase.ended" && event.status === "done") {
    const name = event.id.replace(/^sidecar\./, "");
    const what = `${name} ${name === event.id ? "done" : "ready"} at ${formatDuration(event.endMs)}`;
    const url = state.urls[name];
    const where = url === undefined ? "" : `  ${colours.cyan(linkTo(url, look))}`;
    return `  ${paint(mark)} ${printable(what)}${where}`;
  }
  return `  ${paint(mark)} ${printable(words(event))}  ${colours.dim(`+${formatDuration(event.ms)}`)}`;
}

function words(event: RuntimeEvent): string {
  switch (event.type) {
    case "shutdown.started":
      return `the sandbox ends: ${event.reason}`;
    case "bridge.changed":
      return `bridge ${aboutOf(event)}`;
    case "boot.failed":
    case "adopt.failed":
      return `failed: ${aboutOf(event)}`;
    default:
      return aboutOf(event);
  }
}

function isNews(event: RuntimeEvent, { late, down }: Awaited): boolean {
  const { level } = logRecordOf(event);
  if (event.type === "process.changed") {
    const { id, status } = event.process;
    if (level !== "info" && level !== "debug") {
      down.add(id);
      return true;
    }
    return status.id === "running" && down.delete(id);
  }
  // A warning has said why.
  if (event.type === "phase.ended" && event.status === "warned") return false;
  if (event.type === "phase.ended" && event.status === "done") return late.delete(event.id);
  if (event.type === "bridge.changed" || event.type === "shutdown.started") return true;
  return level === "warn" || level === "error";
}

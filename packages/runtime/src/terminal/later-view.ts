import type { EventBus } from "../events/bus.ts";
import type { RuntimeEvent } from "../protocol/index.ts";
import { formatMs } from "../report/format.ts";
import { coloursOf, type Look, printable } from "../report/look.ts";
import { aboutOf } from "./event-line.ts";
import { logRecordOf } from "./log-record.ts";

export interface LaterViewOptions {
  readonly bus: EventBus;
  readonly stream: NodeJS.WritableStream;
  readonly look: () => Look;
}

/**
 * After a boot, in a terminal: what a person wants to know of the sandbox that runs. Warnings, crashes and restarts, and
 * what ends it; the rest is for `sandboot events`.
 *
 * @returns The call that ends it.
 */
export function showWhatComesLater({ bus, stream, look }: LaterViewOptions): () => void {
  /** Processes that went away: their coming back is news, too. */
  const away = new Set<string>();
  return bus.subscribe((event) => {
    if (isNews(event, away)) stream.write(`${newsLine(event, look())}\n`);
  });
}

function newsLine(event: RuntimeEvent, look: Look): string {
  const colours = coloursOf(look);
  const { level } = logRecordOf(event);
  const paint = level === "error" ? colours.red : level === "warn" ? colours.yellow : colours.green;
  const mark = level === "info" || level === "debug" ? (look.unicode ? "·" : "-") : "!";
  return `  ${paint(mark)} ${printable(words(event))}  ${colours.dim(`+${formatMs(event.ms)}`)}`;
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

function isNews(event: RuntimeEvent, away: Set<string>): boolean {
  const { level } = logRecordOf(event);
  if (event.type === "process.changed") {
    const { id, status } = event.process;
    if (level !== "info" && level !== "debug") {
      away.add(id);
      return true;
    }
    return status.id === "running" && away.delete(id);
  }
  if (event.type === "bridge.changed" || event.type === "shutdown.started") return true;
  return level === "warn" || level === "error";
}

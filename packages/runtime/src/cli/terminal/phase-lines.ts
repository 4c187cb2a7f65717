import type { EventBus } from "../../observe/events/bus.ts";
import { formatDuration } from "../../protocol/derive/format.ts";
import { durationOf } from "../../protocol/derive/times.ts";
import { phaseTones } from "../../protocol/derive/tone.ts";
import type { RuntimeEvent } from "../../protocol/index.ts";
import { coloursOf, type Look, paintOf, printable } from "../../report/look.ts";
import { symbolsOf } from "../../report/symbols.ts";
import { show } from "./shown.ts";

export interface PhaseLinesOptions {
  readonly bus: EventBus;
  readonly stream: NodeJS.WritableStream;
  readonly look: () => Look;
  /** Asked before each line. */
  readonly isWanted: () => boolean;
}

const TIME_CELLS = 9;

/**
 * Writes a line for each phase that ends, or has ended. They stay where they are, so others may write to the same terminal.
 *
 * @returns The call that ends this.
 */
export function writePhaseLines({ bus, stream, look, isWanted }: PhaseLinesOptions): () => void {
  const write = (event: RuntimeEvent) => {
    if (event.type !== "phase.ended" || event.status === "skipped" || !isWanted()) return;
    show(stream, `${phaseLine(event, look())}\n`);
  };
  for (const event of bus.since(0) ?? []) write(event);
  return bus.subscribe(write);
}

function phaseLine(event: Extract<RuntimeEvent, { type: "phase.ended" }>, look: Look): string {
  const { id, status } = event;
  const tookMs = durationOf(event);
  const symbol = paintOf(phaseTones[status], coloursOf(look))(symbolsOf(look)[status]);
  const took = tookMs === null ? "" : formatDuration(tookMs);
  return `  ${symbol} ${took.padStart(TIME_CELLS)}  ${printable(id)}`;
}

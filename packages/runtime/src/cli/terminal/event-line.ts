import { agentTitle } from "../../protocol/derive/agent-state.ts";
import { firstAnswerText } from "../../protocol/derive/first-answer.ts";
import { formatDetail, formatDuration } from "../../protocol/derive/format.ts";
import { gateWords } from "../../protocol/derive/words.ts";
import type { PhaseState, RuntimeEvent } from "../../protocol/index.ts";
import { coloursOf, type Look, printable } from "../../report/look.ts";
import { processLine } from "./process-line.ts";
import { unfinishedText } from "./unfinished.ts";

const TIME_CELLS = 9;
/** Of `shutdown.started`, the longest type that comes often. */
const TYPE_CELLS = 16;

/** An event as one line for people: when, what, and its most important data. */
export function renderEvent(event: RuntimeEvent, look: Look): string {
  const colours = coloursOf(look);
  const bad = /failed|warning|unusable/.test(event.type);
  const type = (bad ? colours.yellow : colours.cyan)(event.type.padEnd(TYPE_CELLS));
  const time = colours.dim(formatDuration(event.ms).padStart(TIME_CELLS));
  return `${time}  ${type}  ${printable(aboutOf(event))}`.trimEnd();
}

/** The most important data of an event, without its type. */
export function aboutOf(event: RuntimeEvent): string {
  switch (event.type) {
    case "boot.started":
      return `${event.mode}, ${event.phases.length} phases, pid ${event.pid}`;
    case "phase.started":
      return event.id;
    case "phase.detail":
      return `${event.id}: ${detailText(event.detail)}`;
    case "phase.output":
      return `${event.id}: ${event.line}`;
    case "phase.warning":
      return `${event.id}: ${event.message}`;
    case "phase.ended": {
      const took =
        event.startMs === null ? "" : ` after ${formatDuration(event.endMs - event.startMs)}`;
      const reason = event.failure?.message ?? event.because;
      const why = reason === undefined ? "" : `: ${reason}`;
      return `${event.id} ${event.status}${took}${why}`;
    }
    case "stage.installed":
      return `${event.stage.source}, ${event.stage.items.length} items`;
    case "stage.unusable":
      return `${event.path}: ${event.reason}`;
    case "agent.changed":
    case "other-agent.changed":
      return [
        agentTitle(event.agent),
        ...(event.agent.sessionId === null ? [] : [`session ${event.agent.sessionId}`]),
        ...(event.agent.firstAnswer === null ? [] : [firstAnswerText(event.agent.firstAnswer)]),
      ].join(", ");
    case "process.changed":
      return `${event.process.id} ${processLine(event.process)}`;
    case "bridge.changed":
      return [gateWords[event.bridge.gate], event.bridge.reason]
        .filter((word) => word !== null)
        .join(": ");
    case "boot.ready":
      return `in ${formatDuration(event.readyMs)}`;
    case "boot.warm":
      return `in ${formatDuration(event.warmMs)}`;
    case "boot.seeded":
      return `in ${formatDuration(event.seededMs)}`;
    case "adopt.started":
      return event.repositories.map(({ name }) => name).join(", ");
    case "adopt.failed":
    case "boot.failed":
      return `${event.phase}: ${event.failure.message}`;
    case "recovery.started":
      return `${event.phase} can be mended and retried`;
    case "retry.started":
      return `from ${event.from}, ${event.phases.length} phases`;
    case "runtime.frozen":
      return unfinishedText(event.unfinished);
    case "runtime.resumed": {
      const lost = event.lost.length === 0 ? "" : `, lost: ${event.lost.join(", ")}`;
      return `after ${formatDuration(event.gapMs)}${lost}`;
    }
    case "runtime.warning":
      return `${event.source}: ${event.message}`;
    case "shutdown.started":
      return event.reason;
    case "shutdown.ended":
      return `exit code ${event.exitCode}`;
    default:
      // An event from a newer runtime.
      event satisfies never;
      return "";
  }
}

function detailText(detail: PhaseState["detail"]): string {
  return Object.entries(detail)
    .map((entry) => formatDetail(...entry).join(" "))
    .join(", ");
}

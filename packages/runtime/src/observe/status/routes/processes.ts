import { Failed } from "../../../base/failed.ts";
import type { ProcessLog } from "../../../process/process-log.ts";
import type { ManagedProcess } from "../../../process/supervise/managed-process.ts";
import type { SseMessage, StreamSource } from "../event-stream.ts";
import { type Exchange, readCount, readFlag, sendJson } from "../exchange.ts";
import type { MessageIds } from "../message-id.ts";
import type { Route } from "../route.ts";

export const processRoutes: readonly Route[] = [
  { method: "GET", path: "/v1/processes/:id/logs", handle: logs },
  { method: "POST", path: "/v1/processes/:id/restart", handle: (it) => act(it, "restart") },
  { method: "POST", path: "/v1/processes/:id/stop", handle: (it) => act(it, "stop") },
  { method: "POST", path: "/v1/processes/:id/start", handle: (it) => act(it, "start") },
];

/** Answers with the kept lines of a process's output, or with a stream of it. */
function logs(exchange: Exchange): void {
  const { response, query, streams } = exchange;
  const { log } = findProcess(exchange);
  const afterSeq = placeIn(log, exchange);
  if (readFlag(query, "follow")) streams.open(response, new LogSource(log, streams.ids, afterSeq));
  else sendJson(response, 200, { lines: log.entries({ afterSeq }) });
}

/** The number of the line after which the reader wants to begin. */
function placeIn(log: ProcessLog, { request, query, streams }: Exchange): number {
  // An id of an earlier runtime: the reader gets this runtime's log from its beginning.
  const lastId = request.headers["last-event-id"];
  const after =
    lastId === undefined
      ? readCount("after", query.get("after"))
      : (streams.ids.seqOf(String(lastId)) ?? 0);
  if (after !== null) return Math.min(after, log.lastSeq);
  const tail = readCount("tail", query.get("tail")) ?? Number.POSITIVE_INFINITY;
  const oldest = log.entries({})[0]?.seq ?? log.lastSeq + 1;
  return Math.max(oldest - 1, log.lastSeq - tail);
}

class LogSource implements StreamSource {
  readonly #log: ProcessLog;
  readonly #ids: MessageIds;
  #seq: number;

  constructor(log: ProcessLog, ids: MessageIds, afterSeq: number) {
    this.#log = log;
    this.#ids = ids;
    this.#seq = afterSeq;
  }

  next(count: number): readonly SseMessage[] {
    const entries = this.#log.entries({ afterSeq: this.#seq }).slice(0, count);
    const [first] = entries;
    if (first === undefined) return [];
    const missed = first.seq - this.#seq - 1;
    this.#seq = entries.at(-1)?.seq ?? this.#seq;
    const lines = entries.map((entry) => ({ id: this.#ids.idOf(entry.seq), data: entry }));
    if (missed === 0) return lines;
    // The log is bounded and the reader was slow. It is told how many lines it has missed.
    return [{ id: this.#ids.idOf(first.seq - 1), event: "gap", data: { missed } }, ...lines];
  }

  subscribe(wake: () => void): () => void {
    return this.#log.subscribe(wake);
  }
}

async function act(exchange: Exchange, action: "restart" | "stop" | "start"): Promise<void> {
  const { response, control } = exchange;
  const { id, optional } = findProcess(exchange).state;
  if (control.bus.state.status === "booting" && !optional) {
    throw new Failed({ code: "booting", process: id, action });
  }
  sendJson(response, 200, await control.processes[action](id));
}

/** @throws Failed `no-such-process` */
function findProcess({ params, control }: Exchange): ManagedProcess {
  return control.processes.get(params["id"] ?? "");
}

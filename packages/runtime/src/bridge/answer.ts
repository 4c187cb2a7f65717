import type { ServerResponse } from "node:http";
import type { TurnedAway } from "../base/bearer.ts";
import type { Refusal } from "./gate.ts";

/** Seconds after which a refused client may come again. */
export const RETRY_AFTER_SECONDS = 1;

interface ErrorBody {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

const REFUSALS: Record<Exclude<Refusal, "gone">, string> = {
  full: "too many requests wait for the sandbox already",
  deadline: "the sandbox was not ready in time",
  unavailable: "the sandbox has no agent",
  "closed-for-good": "the sandbox is ending",
};

export function answer(outgoing: ServerResponse, status: number, error: ErrorBody): void {
  outgoing.writeHead(status, { "content-type": "application/json" });
  outgoing.end(JSON.stringify({ error }));
}

/** 401, or a way on. */
export function turnAway(outgoing: ServerResponse, { status, headers }: TurnedAway): void {
  outgoing.setHeaders(new Map(Object.entries(headers)));
  if (status === 401) {
    answer(outgoing, status, { code: "unauthorized", message: "a bearer token is needed" });
  } else outgoing.writeHead(status).end();
}

/** 503 with what the sandbox is at; nothing to somebody who has left. */
export function refuse(outgoing: ServerResponse, why: Refusal, progress: string): void {
  if (why === "gone") return;
  outgoing.setHeader("retry-after", RETRY_AFTER_SECONDS);
  answer(outgoing, 503, { code: "not-ready", message: REFUSALS[why], hint: progress });
}

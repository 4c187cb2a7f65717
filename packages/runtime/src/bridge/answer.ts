import type { ServerResponse } from "node:http";
import type { TurnedAway } from "../base/bearer.ts";
import { toWire } from "../base/failed.ts";
import type { FailureValue } from "../base/failure.ts";
import { httpStatusOf } from "../base/http-status.ts";
import type { Refusal } from "./gate.ts";

/** Value of `Retry-After`, in seconds. */
export const RETRY_AFTER_SECONDS = 1;

/** Answers with a failure; its code decides the status. */
export function answer(outgoing: ServerResponse, value: FailureValue): void {
  outgoing.statusCode = httpStatusOf(value.code);
  outgoing.setHeader("content-type", "application/json");
  outgoing.end(JSON.stringify({ error: toWire(value) }));
}

/** Answers a request that is not admitted: with the failure, or a redirect. */
export function turnAway(outgoing: ServerResponse, turned: TurnedAway): void {
  outgoing.setHeaders(new Map(Object.entries(turned.headers)));
  if ("failure" in turned) {
    answer(outgoing, turned.failure);
    return;
  }
  outgoing.statusCode = turned.status;
  outgoing.end();
}

/** Answers 503 with the present state of the boot. Answers nothing when the client has disconnected. */
export function refuse(outgoing: ServerResponse, why: Refusal, progress: string): void {
  if (why === "gone") return;
  outgoing.setHeader("retry-after", RETRY_AFTER_SECONDS);
  answer(outgoing, { code: "not-ready", reason: why, progress });
}

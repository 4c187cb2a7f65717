import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { TurnedAway } from "../base/bearer.ts";
import { endPatiently } from "../base/end-patiently.ts";
import { toWire } from "../base/failed.ts";
import type { FailureValue } from "../base/failure.ts";
import { httpStatusOf } from "../base/http-status.ts";
import { STATUS_CODES } from "../base/node-http.ts";
import type { Door } from "./destination.ts";
import type { Refusal } from "./gate.ts";

/** Value of `Retry-After`, in seconds. */
const RETRY_AFTER_SECONDS = 1;

/** Answers with a failure; its code decides the status. */
export function answer(outgoing: ServerResponse, value: FailureValue): void {
  outgoing.statusCode = httpStatusOf(value.code);
  outgoing.setHeader("content-type", "application/json");
  outgoing.end(JSON.stringify({ error: toWire(value) }));
}

/** The same for an upgrade, whose connection ends with it. */
export function answerUpgrade(socket: Socket, value: FailureValue): void {
  const status = httpStatusOf(value.code);
  const body = JSON.stringify({ error: toWire(value) });
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    ...(status === 503 ? [`retry-after: ${RETRY_AFTER_SECONDS}`] : []),
    "content-type: application/json",
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
  ];
  endPatiently(socket, `${head.join("\r\n")}\r\n\r\n${body}`);
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
export function refuse(outgoing: ServerResponse, why: Refusal, door: Door): void {
  if (why === "gone") return;
  outgoing.setHeader("retry-after", RETRY_AFTER_SECONDS);
  answer(outgoing, refusalOf(why, door));
}

/** Says who takes no requests, and why. */
export function refusalOf(
  reason: Exclude<Refusal, "gone">,
  { agent, progress }: Pick<Door, "agent" | "progress">,
): FailureValue {
  return { code: "not-ready", reason, progress: progress(), ...(agent !== undefined && { agent }) };
}

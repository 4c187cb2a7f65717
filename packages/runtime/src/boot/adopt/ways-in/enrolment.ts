import { createHash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { bearerIn, isSame } from "../../../base/bearer.ts";
import type { AdoptAdmission } from "../adopt-admission.ts";

/** Begins a token of which the config has only the digest, so that the seed itself does not know it. */
const DIGEST = /^sha256:([0-9a-f]{64})$/;

/**
 * Whether a request carries the pool's enrolment token. It lets its holder bind the seed and do nothing else, and is dead
 * when a binding has succeeded.
 *
 * @param token - As configured (`binding.enrolmentToken`).
 */
export function isEnrolled(
  headers: IncomingHttpHeaders,
  token: string | undefined,
  adopts: Pick<AdoptAdmission, "isBound">,
): boolean {
  if (token === undefined || adopts.isBound) return false;
  const given = bearerIn(headers);
  const digest = DIGEST.exec(token)?.[1];
  return digest === undefined
    ? isSame(given, token)
    : isSame(createHash("sha256").update(given).digest("hex"), digest);
}

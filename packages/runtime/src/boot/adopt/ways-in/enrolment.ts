import type { IncomingHttpHeaders } from "node:http";
import { carriesToken } from "../../../base/bearer.ts";
import type { AdoptAdmission } from "../adopt-admission.ts";

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
  return !adopts.isBound && carriesToken(headers, token);
}

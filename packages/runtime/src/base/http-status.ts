import type { FailureCode } from "./failure.ts";

/** The status of an answer that carries a failure: of the status API and of the bridge. */
const HTTP_STATUS = {
  "bad-request": 400,
  unauthorized: 401,
  "foreign-site": 403,
  "not-found": 404,
  "no-such-agent": 404,
  "no-such-process": 404,
  "no-report-yet": 404,
  "method-not-allowed": 405,
  booting: 409,
  "not-a-seed": 409,
  "not-seeded-yet": 409,
  adopting: 409,
  "already-bound": 409,
  "nothing-to-retry": 409,
  retrying: 409,
  "cannot-freeze": 409,
  frozen: 409,
  spent: 409,
  stopping: 409,
  "shutting-down": 409,
  "not-installed": 409,
  "not-started": 409,
  "too-long": 413,
  cancelled: 422,
  "no-credential": 502,
  "agent-unreachable": 502,
  "agent-gone": 502,
  "not-ready": 503,
} as const satisfies Partial<Record<FailureCode, number>>;

/** The status for a code. A code that is not in the table is the server's fault. */
export function httpStatusOf(code: FailureCode): number {
  const table: Partial<Record<FailureCode, number>> = HTTP_STATUS;
  return table[code] ?? 500;
}

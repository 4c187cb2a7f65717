import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";

/** What somebody gets who may not come in: 401, or the way to where one may. */
export interface TurnedAway {
  readonly status: 302 | 401;
  readonly headers: Readonly<Record<string, string>>;
}

/** Who may come in: null for those who may. */
export type Admission = (incoming: IncomingMessage) => TurnedAway | null;

export const UNAUTHORIZED: TurnedAway = { status: 401, headers: { "www-authenticate": "Bearer" } };

/** Those who carry the token; everybody when there is none. */
export function byBearer(token: string | null): Admission {
  return ({ headers }) => (isAuthorized(headers, token) ? null : UNAUTHORIZED);
}

/** Whether a request carries our bearer token. */
export function isAuthorized(headers: IncomingHttpHeaders, token: string | null): boolean {
  if (token === null) return true;
  const given = /^bearer (.+)$/i.exec(headers.authorization ?? "")?.[1] ?? "";
  return isSame(given, token);
}

/** Both sides are hashed first, so the comparison takes the same time whatever was sent, its length too. */
export function isSame(given: string, secret: string): boolean {
  return timingSafeEqual(sha256(given), sha256(secret));
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

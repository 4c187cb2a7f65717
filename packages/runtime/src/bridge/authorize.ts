import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

/**
 * Whether a request carries our bearer token. Both sides are hashed first, so the comparison takes the same time
 * whatever was sent, its length too.
 */
export function isAuthorized(headers: IncomingHttpHeaders, token: string | null): boolean {
  if (token === null) return true;
  const given = /^bearer (.+)$/i.exec(headers.authorization ?? "")?.[1] ?? "";
  return timingSafeEqual(sha256(given), sha256(token));
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

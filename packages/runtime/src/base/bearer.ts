import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { FailureValue } from "./failure.ts";

/** The answer to a request that is not admitted: a failure, or a redirect. */
export type TurnedAway = { readonly headers: Readonly<Record<string, string>> } & (
  | { readonly status: 302 }
  | { readonly status: 401 | 403; readonly failure: FailureValue }
);

/** Decides about a request. @returns null when it is admitted. */
export type Admission = (incoming: IncomingMessage) => TurnedAway | null;

export const UNAUTHORIZED: TurnedAway = {
  status: 401,
  headers: { "www-authenticate": "Bearer" },
  failure: { code: "unauthorized" },
};

/** Admits requests whose `Authorization` is exactly this; every request when there is none to ask for. */
export function byAuthorization(expected: string | undefined): Admission {
  return ({ headers }) =>
    expected === undefined || isSame(headers.authorization ?? "", expected)
      ? null
      : { ...UNAUTHORIZED, headers: { "www-authenticate": "Basic" } };
}

/** Admits requests that carry the token; every request when the token is null. */
export function byBearer(token: string | null): Admission {
  return ({ headers }) => (isAuthorized(headers, token) ? null : UNAUTHORIZED);
}

/** Whether a request carries the bearer token. Always true when the token is null. */
export function isAuthorized(headers: IncomingHttpHeaders, token: string | null): boolean {
  if (token === null) return true;
  return isSame(bearerIn(headers), token);
}

/** Begins a token of which only the digest is configured, so that whoever reads the configuration does not learn it. */
const DIGEST_OF = "sha256:";
const DIGEST = /^sha256:([0-9a-f]{64})$/i;

/** Whether a configured token was meant to be a digest and is none. As a token it would let in whoever reads it. */
export function isBrokenDigest(configured: string | undefined): boolean {
  return configured?.startsWith(DIGEST_OF) === true && !DIGEST.test(configured);
}

/**
 * Whether a request carries a token that the operator keeps from the sandbox. False when none is configured.
 *
 * @param configured - The token itself, or `sha256:` and its digest in hexadecimal digits.
 */
export function carriesToken(
  headers: IncomingHttpHeaders,
  configured: string | undefined,
): boolean {
  return configured !== undefined && isToken(bearerIn(headers), configured);
}

/** Whether this is the token that is configured by itself or by its digest. */
export function isToken(given: string, configured: string): boolean {
  const digest = DIGEST.exec(configured)?.[1]?.toLowerCase();
  return digest === undefined
    ? isSame(given, configured)
    : isSame(sha256(given).toString("hex"), digest);
}

/** The bearer token of a request; empty when it has none. */
function bearerIn({ authorization = "" }: IncomingHttpHeaders): string {
  return /^bearer (.+)$/i.exec(authorization)?.[1] ?? "";
}

/** Compares in constant time. Both sides are hashed first, so that not even the length of the secret shows. */
export function isSame(given: string, secret: string): boolean {
  return timingSafeEqual(sha256(given), sha256(secret));
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

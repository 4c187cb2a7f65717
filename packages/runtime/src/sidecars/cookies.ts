import type { IncomingHttpHeaders } from "node:http";
import type { TurnedAway } from "../base/bearer.ts";

/** The value of one cookie; empty when there is none. */
export function cookieIn({ cookie = "" }: IncomingHttpHeaders, name: string): string {
  const found = pairsOf(cookie).find((pair) => pair.startsWith(`${name}=`));
  return found?.slice(name.length + 1) ?? "";
}

/** The headers of a request without this cookie. */
export function withoutCookie(headers: IncomingHttpHeaders, name: string): IncomingHttpHeaders {
  const { cookie, ...rest } = headers;
  const kept = pairsOf(cookie ?? "").filter((pair) => !pair.startsWith(`${name}=`));
  return kept.length === 0 ? rest : { ...rest, cookie: kept.join("; ") };
}

/**
 * Refuses what a page of another origin sends: a browser adds the cookie to requests of pages on other ports of the same
 * machine, too. A page's WebSocket, form or fetch names the page's own origin, which is the one that the request goes to. A
 * proxy in front may have kept that in `X-Forwarded-Host`, which no page of another origin can set; each further proxy adds
 * its own.
 */
export function fromSameOrigin(headers: IncomingHttpHeaders): TurnedAway | null {
  const { host, origin, "x-forwarded-host": forwarded } = headers;
  if (origin === undefined) return null;
  const from = URL.parse(origin)?.host;
  const first = forwarded?.toString().split(",", 1)[0]?.trim();
  if (from !== undefined && (from === host || from === first)) return null;
  const failure = { code: "foreign-site", header: "Origin", value: origin } as const;
  return { status: 403, headers: {}, failure };
}

function pairsOf(cookie: string): string[] {
  return cookie
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => pair !== "");
}

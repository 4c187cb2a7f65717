import { createHmac } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import {
  type Admission,
  isAuthorized,
  isSame,
  type TurnedAway,
  UNAUTHORIZED,
} from "../base/bearer.ts";

/**
 * Admits browsers, which cannot send a bearer token with a page or a WebSocket. A request for the page with `?token=` gets
 * a cookie and a redirect to the address without the token, so that the token stays out of history and referrers. Programs
 * may send the bearer token, as everywhere.
 *
 * The token is asked for at every request: a binding may bring another one. It cannot be computed from the cookie. No page of another site can use the cookie (`SameSite=Strict`).
 */
export function terminalAdmission(tokenNow: () => string | null, port: number): Admission {
  // Cookies are shared between all ports of a machine, so each terminal has its own cookie name.
  const name = `sandboot-terminal-${port}`;
  return (incoming) => {
    const { headers, url = "/", method } = incoming;
    const token = tokenNow();
    if (token === null) return UNAUTHORIZED;
    const ticket = createHmac("sha256", token).update(name).digest("hex");
    if (isAuthorized(headers, token)) return null;
    // A browser sends the cookie for pages of the same machine on other ports, too.
    if (isSame(cookieOf(headers.cookie, name), ticket)) return fromSameOrigin(headers);
    const asked = URL.parse(url, "http://terminal");
    const given = asked?.searchParams.get("token") ?? "";
    if (asked === null || method !== "GET" || !isSame(given, token)) return UNAUTHORIZED;
    asked.searchParams.delete("token");
    return {
      status: 302,
      headers: {
        location: `${asked.pathname}${asked.search}`.replace(/^\/+/, "/"),
        "set-cookie": `${name}=${ticket}; Path=/; HttpOnly; SameSite=Strict`,
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
      },
    };
  };
}

/** A page's WebSocket, form or fetch names the page's own origin, which is the one that the request goes to. */
function fromSameOrigin({ host, origin }: IncomingHttpHeaders): TurnedAway | null {
  if (origin === undefined || URL.parse(origin)?.host === host) return null;
  const failure = { code: "foreign-site", header: "Origin", value: origin } as const;
  return { status: 403, headers: {}, failure };
}

function cookieOf(header: string | undefined, name: string): string {
  const pairs = (header ?? "").split(";").map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";
}

import { createHmac } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { type Admission, isAuthorized, isSame, UNAUTHORIZED } from "../base/bearer.ts";
import { isSignedToken } from "../base/signed-token.ts";
import { cookieIn, fromSameOrigin } from "./cookies.ts";

/**
 * Admits browsers, which cannot send a bearer token with a page or a WebSocket. A request for the page with `?token=` gets
 * a cookie and a redirect to the address without the token, so that the token stays out of history and referrers. Programs
 * may send the bearer token, as everywhere.
 *
 * Whoever has the token can also sign another one with it (JWT, HS256) that expires, and give that away. A page that is
 * embedded in another site's keeps no cookie, so such a token is taken at each request. ttyd's page sends its own query with
 * its WebSocket. It asks for `/token` without the query, which is then in the address of the page that asks.
 *
 * The token is asked for at every request: a binding may bring another one. It cannot be computed from the cookie. No page of another site can use the cookie (`SameSite=Strict`).
 */
export function terminalAdmission(
  tokenNow: () => string | null,
  port: number,
  nowSeconds = () => Date.now() / 1000,
): Admission {
  // Cookies are shared between all ports of a machine, so each terminal has its own cookie name.
  const name = `sandboot-terminal-${port}`;
  return (incoming) => {
    const { headers, url = "/", method } = incoming;
    const token = tokenNow();
    if (token === null) return UNAUTHORIZED;
    const ticket = createHmac("sha256", token).update(name).digest("hex");
    if (isAuthorized(headers, token)) return null;
    if (isSame(cookieIn(headers, name), ticket)) return fromSameOrigin(headers);
    const asked = URL.parse(url, "http://terminal");
    const given = asked?.searchParams.get("token") ?? "";
    if (asked === null || method !== "GET") return UNAUTHORIZED;
    const signed = asked.pathname === "/token" ? tokenOfPage(headers) : given;
    if (isSignedToken(signed, token, nowSeconds())) return null;
    if (!isSame(given, token)) return UNAUTHORIZED;
    asked.searchParams.delete("token");
    return {
      status: 302,
      headers: {
        // Relative, and the cookie without `Path`: a proxy in front may have put the page below a folder of its own.
        location: `./${asked.pathname.split("/").at(-1)}${asked.search}`,
        "set-cookie": `${name}=${ticket}; HttpOnly; SameSite=Strict`,
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
      },
    };
  };
}

function tokenOfPage({ referer = "" }: IncomingHttpHeaders): string {
  return URL.parse(referer)?.searchParams.get("token") ?? "";
}

import { createHmac } from "node:crypto";
import { type Admission, isAuthorized, isSame, UNAUTHORIZED } from "../base/bearer.ts";
import { cookieIn, fromSameOrigin } from "./cookies.ts";

/**
 * Admits browsers, which cannot send a bearer token with a page or a WebSocket. A request for the page with `?token=` gets
 * a cookie and a redirect to the address without the token, so that the token stays out of history and referrers. Programs
 * may send the bearer token, as everywhere.
 *
 * The token is asked for at every request: a binding may bring another one. It cannot be computed from the cookie. No page
 * of another site can use the cookie (`SameSite=Strict`).
 *
 * @param tokenNow - Null: nobody is admitted.
 * @param cookie - The name of the cookie. Cookies are shared between all ports of a machine, so each door has its own.
 */
export function cookieAdmission(tokenNow: () => string | null, cookie: string): Admission {
  return ({ headers, url = "/", method }) => {
    const token = tokenNow();
    if (token === null) return UNAUTHORIZED;
    const ticket = createHmac("sha256", token).update(cookie).digest("hex");
    if (isAuthorized(headers, token)) return null;
    if (isSame(cookieIn(headers, cookie), ticket)) return fromSameOrigin(headers);
    const asked = URL.parse(url, "http://door");
    if (asked === null || method !== "GET") return UNAUTHORIZED;
    if (!isSame(asked.searchParams.get("token") ?? "", token)) return UNAUTHORIZED;
    asked.searchParams.delete("token");
    return {
      status: 302,
      headers: {
        // Relative, and the cookie without `Path`: a proxy in front may have put the page below a folder of its own.
        location: `./${asked.pathname.split("/").at(-1)}${asked.search}`,
        "set-cookie": `${cookie}=${ticket}; HttpOnly; SameSite=Strict`,
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
      },
    };
  };
}

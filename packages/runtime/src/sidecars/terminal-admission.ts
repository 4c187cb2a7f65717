import { createHmac } from "node:crypto";
import { type Admission, isAuthorized, isSame, UNAUTHORIZED } from "../base/bearer.ts";

/**
 * Lets a browser in, which can send no bearer token with a page or a WebSocket: who opens the page with `?token=` gets a
 * cookie for this door and is sent on to the address without the token, which so stays out of history and referrers.
 * Programs may send the bearer token, as everywhere.
 *
 * The cookie is not the token, and cannot be turned into it. No page of another site can use it (`SameSite=Strict`).
 */
export function terminalAdmission(token: string, port: number): Admission {
  // Cookies do not know ports: two doors of one machine have one name each.
  const name = `sandboot-terminal-${port}`;
  const ticket = createHmac("sha256", token).update(name).digest("hex");
  return (incoming) => {
    const { headers, url = "/", method } = incoming;
    if (isAuthorized(headers, token)) return null;
    if (isSame(cookieOf(headers.cookie, name), ticket)) return null;
    const asked = URL.parse(url, "http://door");
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

function cookieOf(header: string | undefined, name: string): string {
  const pairs = (header ?? "").split(";").map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";
}

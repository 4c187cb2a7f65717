import type { IncomingHttpHeaders } from "node:http";
import { type Admission, UNAUTHORIZED } from "../base/bearer.ts";
import { isSignedToken } from "../base/signed-token.ts";
import { cookieAdmission } from "./cookie-admission.ts";

/**
 * Admits those who have the token, and those who were given another one that is signed with it (JWT, HS256) and expires. A
 * page that is embedded in another site's keeps no cookie, so such a token is taken at each request. ttyd's page sends its
 * own query with its WebSocket. It asks for `/token` without the query, which is then in the address of the page that asks.
 */
export function terminalAdmission(
  tokenNow: () => string | null,
  port: number,
  nowSeconds = () => Date.now() / 1000,
): Admission {
  const byToken = cookieAdmission(tokenNow, `sandboot-terminal-${port}`);
  return (incoming) => {
    const turned = byToken(incoming);
    const token = tokenNow();
    if (turned !== UNAUTHORIZED || token === null || incoming.method !== "GET") return turned;
    const asked = URL.parse(incoming.url ?? "/", "http://terminal");
    const given =
      asked?.pathname === "/token"
        ? tokenOfPage(incoming.headers)
        : asked?.searchParams.get("token");
    return isSignedToken(given ?? "", token, nowSeconds()) ? null : UNAUTHORIZED;
  };
}

function tokenOfPage({ referer = "" }: IncomingHttpHeaders): string {
  return URL.parse(referer)?.searchParams.get("token") ?? "";
}

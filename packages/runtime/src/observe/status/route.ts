import type { Exchange } from "./exchange.ts";

export interface Route {
  readonly method: "GET" | "POST";
  /** A segment that begins with a colon is a parameter: `/v1/processes/:id/logs`. */
  readonly path: string;
  /** Answered without a token, because orchestrators probe without one. */
  readonly open?: true;
  /** Also answered to those who have the enrolment token of the pool. */
  readonly enrols?: true;
  /** Also answered to those who have the token for metrics. */
  readonly measures?: true;
  /** Only on the socket: what it answers is for programs of this sandbox. */
  readonly local?: true;
  /** @throws what {@link sendFailure} makes an answer of */
  readonly handle: (exchange: Exchange) => Promise<void> | void;
}

export type Match =
  | { readonly id: "route"; readonly route: Route; readonly params: Record<string, string> }
  | { readonly id: "method-not-allowed"; readonly allowed: readonly string[] }
  | { readonly id: "not-found" };

/** Finds the route for a request. The route of GET also answers HEAD; Node then omits the body. */
export function matchRoute(routes: readonly Route[], method: string, pathname: string): Match {
  const allowed: string[] = [];
  for (const route of routes) {
    const params = matchPath(route.path, pathname);
    if (params === null) continue;
    if (route.method === method || (route.method === "GET" && method === "HEAD"))
      return { id: "route", route, params };
    allowed.push(route.method);
  }
  return allowed.length === 0 ? { id: "not-found" } : { id: "method-not-allowed", allowed };
}

function matchPath(pattern: string, pathname: string): Record<string, string> | null {
  const wanted = pattern.split("/");
  const found = pathname.split("/");
  if (wanted.length !== found.length) return null;
  const params: Record<string, string> = {};
  for (const [at, segment] of wanted.entries()) {
    const text = found[at] ?? "";
    if (!segment.startsWith(":")) {
      if (segment !== text) return null;
      continue;
    }
    const value = decode(text);
    if (value === null || value === "") return null;
    params[segment.slice(1)] = value;
  }
  return params;
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

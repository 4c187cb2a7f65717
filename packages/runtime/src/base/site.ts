import type { IncomingHttpHeaders } from "node:http";
import type { Admission } from "./bearer.ts";
import type { FailureValue } from "./failure.ts";

/** A name or address, perhaps with a port. No browser sends anything else. */
const HOST = /^[\w.:[\]-]+$/;

const LOOPBACK = /^(?:(?:[\w-]+\.)*localhost|127(?:\.\d{1,3}){3}|\[::1\])\.?$/;

/**
 * Admits what a program on this machine sends, or a page of ours. A browser on this machine also sends what pages of other
 * sites ask for: under the name of such a site when its DNS names our address (DNS rebinding), else with that site in
 * `Origin` or `Sec-Fetch-Site`.
 *
 * @param hosts - Names besides those of loopback under which we are reached, without a port.
 * @see https://fetch.spec.whatwg.org/#origin-header
 * @see https://w3c.github.io/webappsec-fetch-metadata/
 */
export function fromOwnSite(hosts: readonly string[]): Admission {
  return ({ headers, method }) => {
    const failure = foreignSite(headers, method, hosts);
    return failure === null ? null : { status: 403, headers: {}, failure };
  };
}

function foreignSite(
  headers: IncomingHttpHeaders,
  method: string | undefined,
  hosts: readonly string[],
): FailureValue<"foreign-site"> | null {
  const { host, origin, "sec-fetch-site": site, "sec-fetch-dest": dest } = headers;
  const foreign = (header: "Host" | "Origin" | "Sec-Fetch-Site", value: string) =>
    ({ code: "foreign-site", header, value }) as const;
  if (host !== undefined && !isOwn(host, hosts)) return foreign("Host", host);
  if (origin !== undefined) return isOwn(hostIn(origin), hosts) ? null : foreign("Origin", origin);
  // Somebody who follows a link from another site comes to look. Nothing else of that site is admitted.
  const isVisit = method === "GET" && dest === "document";
  return site === "cross-site" && !isVisit ? foreign("Sec-Fetch-Site", site) : null;
}

function isOwn(host: string, hosts: readonly string[]): boolean {
  if (!HOST.test(host)) return false;
  const name = host.replace(/:\d*$/, "").toLowerCase();
  return LOOPBACK.test(name) || hosts.some((own) => own.toLowerCase() === name);
}

/** `https://example.org:8443` has `example.org:8443`; the origin `null` has no host. */
function hostIn(origin: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\/(.+)$/i.exec(origin)?.[1] ?? "";
}

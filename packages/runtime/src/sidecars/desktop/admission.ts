import type { Admission, TurnedAway } from "../../base/bearer.ts";
import { fromOwnSite } from "../../base/site.ts";
import type { Config } from "../../config/config.ts";
import { cookieAdmission } from "../cookie-admission.ts";

/**
 * Who may reach the page of a desktop: everybody where VNC asks for a password of the config; else those who have
 * `bridge.token`; where there is none, those of this machine, but no page of another site.
 *
 * Whoever is in need not know the password that the boot has made up: the front page has it in its address, after `#`, where
 * only the browser sees it.
 *
 * @param present - Asked at every request: a binding may bring a token.
 */
export function desktopAdmission(present: () => Config, port: number): Admission {
  const byToken = cookieAdmission(() => present().bridge.token, `sandboot-desktop-${port}`);
  const admit: Admission = (incoming) => {
    const { desktop, bridge, mode, bound } = present();
    if (desktop?.password !== undefined) return null;
    // A seed without a binding has no tenant yet.
    if (bridge.token !== null || (mode === "seed" && bound === null)) return byToken(incoming);
    return fromOwnSite(bridge.allowedHosts)(incoming);
  };
  return (incoming) => admit(incoming) ?? frontPage(incoming.url, present());
}

/** noVNC has no page at `/`. */
function frontPage(url: string | undefined, { desktop, sidecars }: Config): TurnedAway | null {
  if (url !== "/") return null;
  const { VNC_PASSWORD: made } = sidecars.find(({ id }) => id === "x11vnc")?.env ?? {};
  const password = desktop?.password === undefined ? made : undefined;
  const location = `vnc.html?autoconnect=true&resize=scale${password === undefined ? "" : `#password=${password}`}`;
  return { status: 302, headers: { location, "cache-control": "no-store" } };
}

import type { DesktopConfig } from "../../config/service-schema.ts";
import type { SidecarConfig } from "../../config/sidecar-schema.ts";
import { tryPort } from "../../process/ports.ts";
import { type ClaimedDisplay, claimDisplay } from "./free-display.ts";
import { desktopServices } from "./services.ts";

/** As many as VNC looks at. */
const PASSWORD_BYTES = 6;

const [LOWEST_PORT, PORTS] = [10_000, 10_000];

export interface DesktopTools {
  readonly stateDir: string;
  readonly vncSocket: string;
  readonly randomBytes: (count: number) => Buffer;
  /** The text of a small file; null where there is none. */
  readonly readText: (path: string) => string | null;
  /** Runs a step at the end of the sandbox. */
  readonly defer: (step: ClaimedDisplay["release"]) => void;
}

/** The sidecars of the desktop, at places that are free. What is started before the display is told its number, too. */
export async function placeDesktop(
  desktop: DesktopConfig,
  { stateDir, vncSocket, randomBytes, readText, defer }: DesktopTools,
): Promise<SidecarConfig[]> {
  const claim = await claimDisplay(readText);
  if (claim !== null) defer(claim.release);
  return desktopServices(desktop, {
    stateDir,
    vncSocket,
    display: claim?.display ?? 1,
    port: await freePort(() => randomBytes(2).readUInt16BE()),
    vncPassword: desktop.password ?? randomBytes(PASSWORD_BYTES).toString("base64url"),
  });
}

/**
 * On loopback; below the range from which the kernel takes ports for outgoing connections (32768 by default), because such a
 * connection could take it before noVNC does.
 */
async function freePort(random: () => number): Promise<number> {
  for (;;) {
    const port = LOWEST_PORT + (random() % PORTS);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const error = await tryPort(port);
  if (error !== null && error.code !== "EADDRINUSE" && error.code !== "EACCES") throw error;
  return error === null;
}

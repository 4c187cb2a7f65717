import type { DesktopConfig } from "../../config/service-schema.ts";
import type { SidecarConfig } from "../../config/sidecar-schema.ts";

/** What a boot finds for its desktop, and where its state folder has the socket of VNC. */
export interface DesktopPlaces {
  /** The number of the display. */
  readonly display: number;
  /** Of noVNC, on loopback. */
  readonly port: number;
  readonly vncSocket: string;
  readonly vncPassword: string;
  readonly stateDir: string;
}

/** Where an X server listens. */
export function displaySocket(display: number): string {
  return `/tmp/.X11-unix/X${display}`;
}

/**
 * The desktop as sidecars: a display and a window manager, which are there before the hooks, and a VNC server with a page for
 * browsers.
 */
export function desktopServices(
  desktop: DesktopConfig,
  { display, port, vncSocket, vncPassword, stateDir }: DesktopPlaces,
): SidecarConfig[] {
  const { restart, optional, priority, readySeconds, env, size, windowManager, web } = desktop;
  const common = { restart, optional, priority, readySeconds, env, cwd: stateDir, provides: {} };
  return [
    {
      ...common,
      id: "xvfb",
      command: ["Xvfb", `:${display}`, "-screen", "0", `${size}x24`, "-nolisten", "tcp"],
      before: "hooks",
      after: [],
      provides: { DISPLAY: `:${display}` },
      // Its file may be left by a server that was killed.
      readiness: { socket: displaySocket(display) },
    },
    {
      ...common,
      id: "window-manager",
      command: windowManager,
      // Without a program that sets wallpapers, fluxbox asks for one in a dialog at each start.
      env: { wpsetters: "true", ...env },
      before: "hooks",
      after: ["xvfb"],
    },
    {
      ...common,
      id: "x11vnc",
      command: [
        ...["x11vnc", "-display", `:${display}`, "-norc", "-quiet", "-forever", "-shared"],
        // A socket in a folder that is ours alone, and no port.
        ...["-unixsock", vncSocket, "-rfbport", "0", "-rfbportv6", "-1"],
        // Neither in argv nor in a file.
        ...["-passwdfile", `cmd:printf '%s\\n' "$VNC_PASSWORD"`],
      ],
      env: { ...env, VNC_PASSWORD: vncPassword },
      after: ["xvfb"],
      readiness: { socket: vncSocket },
    },
    {
      ...common,
      id: "novnc",
      command: ["websockify", "--web", web, "--unix-target", vncSocket, `127.0.0.1:${port}`],
      port,
      after: ["x11vnc"],
    },
  ];
}

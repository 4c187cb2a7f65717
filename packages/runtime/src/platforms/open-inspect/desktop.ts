import type { Env, WrittenConfig } from "../platform.ts";
import { PORTS } from "./names.ts";

const DISPLAY = ":1";
const VNC_PORT = 5900;

/** As often as the bridge. When it is given up, the sandbox goes on without a desktop. */
const RESTART = { when: "always", max: 5, backoffSeconds: 2, maxBackoffSeconds: 60 };

/**
 * The desktop of a sandbox that has a password for it: a display, a window manager, a VNC server on loopback, and a page for
 * browsers. The display is there before the hooks. A snapshot may hold the lock of a display that has ended.
 */
export function desktop(env: Env): readonly WrittenConfig[] {
  if (!env["VNC_PASSWORD"]) return [];
  const [lock, socket] = ["/tmp/.X1-lock", "/tmp/.X11-unix/X1"];
  const port = Number(env["NOVNC_PORT"]) || PORTS.desktop;
  return [
    {
      id: "display",
      command: [
        ...["bash", "-c", `rm -f ${lock} ${socket}; exec "$@"`, "bash"],
        ...["Xvfb", DISPLAY, "-screen", "0", "1280x720x24", "-nolisten", "tcp"],
      ],
      before: "hooks",
      provides: { DISPLAY },
      readiness: { file: socket },
      restart: RESTART,
    },
    { id: "windows", command: ["fluxbox"], before: "hooks", after: ["display"], restart: RESTART },
    {
      id: "vnc",
      command: [
        ...["x11vnc", "-display", DISPLAY, "-rfbport", String(VNC_PORT), "-localhost"],
        ...["-forever", "-shared", "-quiet"],
        // Neither in argv nor in a file.
        ...["-passwdfile", `cmd:printf '%s\\n' "$VNC_PASSWORD"`],
      ],
      env: { VNC_PASSWORD: "{env:VNC_PASSWORD}" },
      port: VNC_PORT,
      after: ["display"],
      restart: RESTART,
    },
    {
      id: "novnc",
      command: [
        ...["websockify", "--web", "/usr/share/novnc"],
        ...[`0.0.0.0:${port}`, `127.0.0.1:${VNC_PORT}`],
      ],
      port,
      after: ["vnc"],
      restart: RESTART,
    },
  ];
}

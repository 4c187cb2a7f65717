import * as z from "zod";
import { address, command, port } from "./fields.ts";
import { builtIn } from "./sidecar-schema.ts";

/** A display that nobody sees but through a browser (docs/sidecars.md). */
export const desktopSchema = z.strictObject({
  ...builtIn,
  host: address
    .default("127.0.0.1")
    .describe("Address of its page. Any other than loopback needs a password or bridge.token."),
  port: port.default(6080).describe("Of its page. Env: NOVNC_PORT."),
  password: z
    .string()
    .min(1)
    .optional()
    .describe(
      "Asked for by VNC, which looks at its first eight characters alone. Better set by VNC_PASSWORD. Without one, the page asks for bridge.token.",
    ),
  size: z
    .string()
    .regex(/^[1-9]\d{1,4}x[1-9]\d{1,4}$/)
    .default("1280x720")
    .describe("Width and height in pixels."),
  windowManager: command.default(["fluxbox"]),
  web: z.string().default("/usr/share/novnc").describe("The folder with noVNC's page."),
});
export type DesktopConfig = z.infer<typeof desktopSchema>;

/** The sidecars of a desktop. The last one has the page for browsers, and stands behind a door. */
export const DESKTOP_IDS: readonly string[] = ["xvfb", "window-manager", "x11vnc", "novnc"];
export const DESKTOP_PAGE = "novnc";

export const dockerSchema = z.strictObject({
  ...builtIn,
  args: z.array(z.string()).default([]).describe("More arguments of dockerd."),
});
export type DockerConfig = z.infer<typeof dockerSchema>;

export const DOCKER_ID = "dockerd";

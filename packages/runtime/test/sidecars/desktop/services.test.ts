import { expect, it } from "vitest";
import { DESKTOP_IDS, desktopSchema } from "../../../src/config/service-schema.ts";
import { desktopServices } from "../../../src/sidecars/desktop/services.ts";

it("a desktop is four sidecars, of which the display and the window manager are there before the hooks", () => {
  const places = { display: 7, port: 1, vncSocket: "/s", vncPassword: "secret", stateDir: "/" };
  const desktop = desktopSchema.parse({ size: "800x600", env: { LANG: "C" } });
  const services = desktopServices(desktop, places);
  expect(services.map(({ id, before, after }) => [id, before, after])).toEqual([
    ["xvfb", "hooks", []],
    ["window-manager", "hooks", ["xvfb"]],
    ["x11vnc", undefined, ["xvfb"]],
    ["novnc", undefined, ["x11vnc"]],
  ]);
  expect(services.map(({ id }) => id)).toEqual(DESKTOP_IDS);
  expect(services[0]).toMatchObject({ provides: { DISPLAY: ":7" } });
  expect(services[0]?.command).toContain("800x600x24");
  // In no command line, and in the environment of one process alone.
  expect(JSON.stringify(services.map(({ command }) => command))).not.toContain("secret");
  expect(services.map(({ env }) => env)).toEqual([
    { LANG: "C" },
    { LANG: "C", wpsetters: "true" },
    { LANG: "C", VNC_PASSWORD: "secret" },
    { LANG: "C" },
  ]);
});

import { writeFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Config } from "../../../src/config/config.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { desktopAdmission } from "../../../src/sidecars/desktop/admission.ts";
import { desktopServices } from "../../../src/sidecars/desktop/services.ts";
import { scratchFolder } from "../../support/scratch.ts";

async function doorOf(file: object, change: (config: Config) => Config = (config) => config) {
  const cwd = await scratchFolder();
  await writeFile(join(cwd, "sandboot.json"), JSON.stringify({ desktop: {}, ...file }));
  const config = await loadConfig({ cwd, env: {} });
  const { desktop, stateDir } = config;
  if (desktop === null) throw new Error("there is no desktop");
  const places = { display: 1, port: 1, vncSocket: "", vncPassword: "made-up", stateDir };
  const placed = change({ ...config, sidecars: desktopServices(desktop, places) });
  const admit = desktopAdmission(() => placed, 6080);
  return (url: string, headers: Record<string, string> = {}) =>
    admit({ url, method: "GET", headers } as unknown as IncomingMessage);
}

describe("the page of a desktop", () => {
  it("is for whoever has the token, whose browser also gets the password of VNC", async () => {
    const ask = await doorOf({ bridge: { token: "open sesame" } });
    expect(ask("/")).toMatchObject({ status: 401 });
    expect(ask("/vnc.html")).toMatchObject({ status: 401 });
    const entered = ask("/?token=open%20sesame");
    expect(entered).toMatchObject({ status: 302, headers: { location: "./" } });
    const cookie = entered?.headers["set-cookie"]?.split(";")[0] ?? "";
    expect(ask("/vnc.html", { cookie })).toBeNull();
    expect(ask("/", { cookie })?.headers["location"]).toMatch(/^vnc\.html\?.*#password=made-up$/);
    expect(ask("/websockify", { cookie, host: "a", origin: "http://b" })).toMatchObject({
      status: 403,
    });
    expect(ask("/websockify", { authorization: "Bearer open sesame" })).toBeNull();
  });

  it("is for everybody where VNC itself asks for a password, and does not tell it", async () => {
    const ask = await doorOf({ desktop: { password: "mine" }, bridge: { token: "open sesame" } });
    expect(ask("/vnc.html")).toBeNull();
    expect(ask("/")?.headers["location"]).toBe("vnc.html?autoconnect=true&resize=scale");
  });

  it("is for this machine where there is no token, and for no page of another site", async () => {
    const ask = await doorOf({ bridge: { allowedHosts: ["desk.example.org"] } });
    expect(ask("/vnc.html", { host: "127.0.0.1:6080" })).toBeNull();
    expect(ask("/vnc.html", { host: "desk.example.org" })).toBeNull();
    expect(ask("/vnc.html", { host: "evil.example:6080" })).toMatchObject({ status: 403 });
    const origin = "http://evil.example";
    expect(ask("/websockify", { host: "localhost", origin })).toMatchObject({ status: 403 });
  });

  it("is for nobody while a seed has no tenant", async () => {
    const ask = await doorOf({ mode: "seed" });
    expect(ask("/vnc.html", { host: "127.0.0.1" })).toMatchObject({ status: 401 });
    const bound = await doorOf({ mode: "seed" }, (config) => ({
      ...config,
      bound: { id: "1", seedEnv: {} },
      bridge: { ...config.bridge, token: "tenant's" },
    }));
    expect(bound("/vnc.html", { authorization: "Bearer tenant's" })).toBeNull();
  });
});

import { mkdir, readFile, symlink } from "node:fs/promises";
import { basename, join } from "node:path";
import { execa } from "execa";
import { beforeAll, describe, expect, it } from "vitest";
import { ensureNoVnc } from "../../../../../scripts/novnc.mjs";
import { environmentOf } from "../../../../../test/support/process-table.ts";
import { missingForDesktop as missing } from "../../support/desktop-programs.ts";
import { Sandbox } from "../../support/sandbox.ts";
import { freePort } from "../../support/scratch.ts";
import { VncClient } from "../../support/vnc.ts";

let web: string;
beforeAll(async () => {
  if (missing.length === 0) web = await ensureNoVnc();
});

/** Says where it draws, and draws a window of one colour. */
const DRAWS = `#!/bin/bash
echo "$DISPLAY" > display
xmessage -bg "#2e7d32" -geometry 400x300+100+100 hello > /dev/null 2>&1 &
`;

describe.skipIf(missing.length > 0)(
  `a desktop (missing: ${missing.join(", ") || "nothing"})`,
  () => {
    it("is there before the hooks, shows what they draw to whoever has the token, and ends with the sandbox", async () => {
      const port = await freePort();
      const sandbox = await Sandbox.create({
        agentKind: "fixture",
        files: { ".openinspect/start.sh": DRAWS },
        config: { desktop: { port, web, size: "800x600" } },
      });
      const boot = await sandbox.boot({ env: { SANDBOX_AUTH_TOKEN: "open sesame" } });
      await boot.until("boot.ready");
      const display = (await readFile(join(sandbox.repository, "display"), "utf8")).trim();
      expect(display).toMatch(/^:\d+$/);
      const agent = sandbox.left().find(({ command }) => command.includes("http-agent"));
      expect(environmentOf(agent?.pid ?? 0)).toContain(`DISPLAY=${display}`);

      await boot.until("phase.ended", ({ id }) => id === "sidecar.novnc");
      const page = `http://127.0.0.1:${port}`;
      const get = (path: string, cookie = "") =>
        fetch(`${page}${path}`, { redirect: "manual", headers: { cookie } });
      expect((await get("/")).status).toBe(401);
      const cookie = (await get("/?token=open%20sesame")).headers.get("set-cookie") ?? "";
      const [ticket = ""] = cookie.split(";");
      const front = (await get("/", ticket)).headers.get("location") ?? "";
      const { pathname, hash } = new URL(front, page);
      expect(await (await get(pathname, ticket)).text()).toContain("noVNC");
      const password = hash.replace("#password=", "");

      const address = `ws://127.0.0.1:${port}/websockify`;
      const enter = (headers: Record<string, string>, secret = password) =>
        VncClient.connect(address, { password: secret, headers });
      await expect(enter({})).rejects.toThrow("401");
      await expect(enter({ cookie: ticket, origin: "http://evil.example" })).rejects.toThrow("403");
      await expect(enter({ cookie: ticket }, "another")).rejects.toThrow("the password is wrong");
      const client = await enter({ cookie: ticket, origin: page });
      expect(client.size).toBe("800x600");
      await client.until(450, 350, [0x2e, 0x7d, 0x32]);
      client.close();

      expect(sandbox.left().some(({ command }) => command.startsWith(`Xvfb ${display}`))).toBe(
        true,
      );
      boot.signal("SIGTERM");
      const { exitCode, stderr } = await boot.ended();
      expect(exitCode).toBe(0);
      expect(sandbox.left()).toEqual([]);
      expect(JSON.stringify(boot.events) + stderr).not.toContain(password);
    });
  },
);

describe("a desktop that is not installed", () => {
  it("is a warning for each program, which names its Debian package", async () => {
    const sandbox = await Sandbox.create({
      agentKind: "fixture",
      config: { desktop: { port: await freePort() } },
    });
    const bin = join(sandbox.folder, "bin");
    await mkdir(bin);
    const { stdout } = await execa("which", ["git", "bash"]);
    for (const path of stdout.split("\n")) await symlink(path, join(bin, basename(path)));
    const boot = await sandbox.boot({ args: ["--until", "settled"], env: { PATH: bin } });
    expect((await boot.ended()).exitCode).toBe(0);
    const { phases } = await boot.report();
    const failures = phases.flatMap(({ id, failure }) =>
      id.startsWith("sidecar.") ? [[id, failure?.code, failure?.hint]] : [],
    );
    expect(failures).toEqual([
      ["sidecar.xvfb", "not-installed", "install Xvfb (Debian package xvfb)"],
      ["sidecar.window-manager", "not-installed", "install fluxbox (Debian package fluxbox)"],
      ["sidecar.x11vnc", "not-installed", "install x11vnc (Debian package x11vnc)"],
      ["sidecar.novnc", "not-installed", "install websockify (Debian package novnc)"],
    ]);
  });
});

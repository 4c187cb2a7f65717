import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { parse } from "jsonc-parser";
import { beforeAll, describe, expect, it } from "vitest";
import { ensureCodeServer } from "../../../../scripts/code-server.mjs";
import { ensureTtyd } from "../../../../scripts/ttyd.mjs";
import type { RunningSandboot } from "../support/sandboot.ts";
import { Sandbox } from "../support/sandbox.ts";
import { freePort } from "../support/scratch.ts";
import { adoptBy, createSeed } from "../support/seed.ts";
import { zipOf } from "../support/zip.ts";

let codeServer: string[];
let ttyd: string;
beforeAll(async () => {
  codeServer = [process.execPath, (await ensureCodeServer()).bin];
  ttyd = (await ensureTtyd()).path;
});

const vsix = zipOf({
  "extension.vsixmanifest": "<PackageManifest/>",
  "extension/package.json": JSON.stringify({
    publisher: "Shop",
    name: "prices",
    version: "1.2.3",
    engines: { vscode: "^1.80.0" },
  }),
});

describe("code-server", () => {
  it("has its extension, asks for the password, and keeps the user's settings", async () => {
    const port = await freePort();
    const sandbox = await Sandbox.create({
      agentKind: "fixture",
      config: { codeServer: { command: codeServer, extensions: ["prices.vsix"] } },
    });
    const dataDir = join(sandbox.home, ".local/share/code-server");
    const settings = join(dataDir, "User/settings.json");
    await mkdir(join(settings, ".."), { recursive: true });
    await writeFile(settings, `{\n  // mine\n  "telemetry.telemetryLevel": "error",\n}\n`);
    await writeFile(join(sandbox.folder, "prices.vsix"), vsix);
    const boot = await sandbox.boot({
      env: { CODE_SERVER_PASSWORD: "open sesame", CODE_SERVER_PORT: String(port) },
    });
    const { process: server } = await boot.until(
      "process.changed",
      ({ process }) => process.id === "code-server" && process.status.id === "running",
    );
    if (server.status.id !== "running") throw new Error("unreachable");
    expect(server).toMatchObject({ port, status: { readyBy: "http" } });
    const url = server.url ?? "";
    expect(new URL(url).searchParams.get("folder")).toBe(sandbox.repository);

    const page = await fetch(url, { redirect: "manual" });
    expect(page.status).toBe(302);
    expect(page.headers.get("location")).toContain("login");
    const environ = await readFile(`/proc/${server.status.pid}/environ`, "utf8");
    expect(environ).not.toContain("CODE_SERVER_PASSWORD");
    expect(environ).toContain(`SANDBOOT_SOCKET=${sandbox.socket}`);

    const written = await readFile(settings, "utf8");
    expect(written).toContain("// mine");
    expect(parse(written)).toMatchObject({
      "telemetry.telemetryLevel": "error",
      "workbench.startupEditor": "none",
    });
    const [node = "", entry = ""] = codeServer;
    const listed = await execa(node, [entry, "--list-extensions", "--show-versions"], {
      env: { HOME: sandbox.home },
    });
    expect(listed.stdout).toContain("shop.prices@1.2.3");
    const said = await endWell(boot);
    expect(said).not.toContain("open sesame");
  });
});

describe("code-server of a seed", () => {
  it("keeps running when the binding brings another password, and asks everybody for that", async () => {
    const port = await freePort();
    const sandbox = await createSeed({
      config: { codeServer: { command: codeServer, port, password: "of the pool" } },
    });
    const boot = await sandbox.boot();
    await boot.until("boot.seeded");
    const pid = async () => {
      const { process } = await boot.until("process.changed", ({ process: { id, status } }) => {
        return id === "code-server" && status.id === "running";
      });
      return process.status.id === "running" ? process.status.pid : 0;
    };
    const before = await pid();
    const editor = `http://127.0.0.1:${port}`;
    const logIn = async (password: string) => {
      const body = new URLSearchParams({ password });
      const answer = await fetch(`${editor}/login`, { method: "POST", body, redirect: "manual" });
      return answer.headers.get("set-cookie")?.split(";")[0] ?? "";
    };
    const workbench = async (cookie: string) => {
      const page = await fetch(editor, { headers: { cookie } });
      return (await page.text()).includes('id="vscode-workbench-web-configuration"');
    };
    const pool = await logIn("of the pool");
    expect([await workbench(""), await workbench(pool)]).toEqual([false, true]);
    const session = await openSession(port, pool);

    const repositories = [{ name: "demo", url: sandbox.origin.path }];
    const binding = { repositories, codeServer: { password: "open sesame" } };
    expect((await adoptBy(sandbox.socket, binding)).status).toBe(200);
    await session.closed;
    await expect(openSession(port, pool)).rejects.toThrow("refused");
    const cookie = await logIn("open sesame");
    expect([await logIn("of the pool"), await workbench(pool), await workbench(cookie)]).toEqual([
      "",
      false,
      true,
    ]);
    (await openSession(port, cookie)).close();
    expect(await fetch(`${editor}/healthz`)).toMatchObject({ status: 200 });
    expect(sandbox.left().map((row) => row.pid)).toContain(before);
    expect(await endWell(boot)).not.toContain("open sesame");
    const { phases, processes } = await boot.report();
    expect(phases.find(({ id }) => id === "binding")?.detail).toEqual({ restarted: [] });
    expect(processes.find(({ id }) => id === "code-server")).toMatchObject({
      port: null,
      url: `${editor}/?folder=${encodeURIComponent(sandbox.repository)}`,
      restarts: 0,
    });
  });
});

describe("ttyd", () => {
  it("opens terminals in the repository, on loopback, only for its own page", async () => {
    const port = await freePort();
    const sandbox = await Sandbox.create({
      agentKind: "fixture",
      config: { terminal: { command: [ttyd], port } },
    });
    const boot = await sandbox.boot({ env: { TERMINAL_ENABLED: "true" } });
    const { urls } = await boot.until("boot.ready");
    await boot.until("phase.ended", ({ id }) => id === "sidecar.ttyd");
    expect(urls["ttyd"] ?? `http://127.0.0.1:${port}`).toBe(`http://127.0.0.1:${port}`);

    await expect(openTerminal(port, "http://evil.example")).rejects.toThrow("refused");
    const terminal = await openTerminal(port, `http://127.0.0.1:${port}`);
    terminal.type("pwd; echo the 'e'nd\n");
    expect(await terminal.until("the end")).toContain(sandbox.repository);
    terminal.close();
    await endWell(boot);
  });
});

describe("ttyd and its proxy", () => {
  it("exchange the token for a cookie without the token, and hold requests while ttyd restarts", async () => {
    const [port, proxyPort] = [await freePort(), await freePort()];
    const sandbox = await Sandbox.create({
      agentKind: "fixture",
      config: { terminal: { command: [ttyd], port } },
    });
    const boot = await sandbox.boot({
      env: { TTYD_PROXY_PORT: String(proxyPort), SANDBOX_AUTH_TOKEN: "open sesame" },
    });
    const running = (fits = (_restarts: number) => true) =>
      boot.until(
        "process.changed",
        ({ process }) =>
          process.id === "ttyd" && process.status.id === "running" && fits(process.restarts),
      );
    const { process: first } = await running();
    const proxy = `http://127.0.0.1:${proxyPort}`;
    expect(first).toMatchObject({ url: proxy, port: null });
    await expect(fetch(`http://127.0.0.1:${port}/token`)).rejects.toThrow("fetch failed");
    const get = (path: string, cookie = "") =>
      fetch(`${proxy}${path}`, { redirect: "manual", headers: { cookie } });
    expect((await get("/")).status).toBe(401);
    expect((await get("/?token=open")).status).toBe(401);
    await expect(openTerminal(proxyPort, proxy)).rejects.toThrow("refused");

    const entered = await get("/?token=open%20sesame&theme=dark");
    expect(entered.status).toBe(302);
    // Relative: a proxy may serve the terminal below a path of its own.
    expect(entered.headers.get("location")).toBe("./?theme=dark");
    const cookie = entered.headers.get("set-cookie")?.split(";")[0] ?? "";
    expect(cookie).not.toContain("sesame");
    expect((await get("/", cookie)).status).toBe(200);
    const terminal = await openTerminal(proxyPort, proxy, cookie);
    terminal.type("echo the 'e'nd\n");
    await terminal.until("the end");

    // ttyd is killed. The proxy holds the next request until ttyd runs again.
    if (first.status.id !== "running") throw new Error("unreachable");
    process.kill(first.status.pid, "SIGKILL");
    await terminal.closed;
    expect((await get("/token", cookie)).status).toBe(200);
    await running((restarts) => restarts === 1);
    expect(await endWell(boot)).not.toContain("open sesame");
  });
});

describe("not installed", () => {
  it("is a warning, and nothing is written into the user's home", async () => {
    const sandbox = await Sandbox.create({
      agentKind: "fixture",
      config: {
        codeServer: { command: ["no-code-server"], port: await freePort() },
        terminal: { command: ["no-ttyd"], port: await freePort() },
      },
    });
    const boot = await sandbox.boot({ args: ["--until", "settled"] });
    expect((await boot.ended()).exitCode).toBe(0);
    const { phases, processes } = await boot.report();
    for (const id of ["sidecar.code-server", "sidecar.ttyd"]) {
      expect(phases.find((phase) => phase.id === id)).toMatchObject({
        status: "warned",
        failure: { code: "not-installed" },
      });
    }
    expect(processes.find(({ id }) => id === "ttyd")?.status).toEqual({
      id: "not-installed",
      command: "no-ttyd",
    });
    await expect(
      readFile(join(sandbox.home, ".local/share/code-server/User/settings.json")),
    ).rejects.toThrow("ENOENT");
  });
});

/** Ends the sandbox. @returns its whole output. */
async function endWell(boot: RunningSandboot): Promise<string> {
  await boot.until("boot.ready");
  boot.signal("SIGTERM");
  const { exitCode, stderr } = await boot.ended();
  expect(exitCode).toBe(0);
  return JSON.stringify(boot.events) + stderr;
}

/** Opens the connection over which a page of the editor talks with its server. */
async function openSession(port: number, cookie: string) {
  const headers = { cookie, origin: `http://127.0.0.1:${port}` };
  const query = `reconnectionToken=${crypto.randomUUID()}&reconnection=false`;
  const address = `ws://127.0.0.1:${port}/?${query}&skipWebSocketFrames=false`;
  const socket = new WebSocket(address, { headers } as unknown as string[]);
  const closed = new Promise((resolve) => socket.addEventListener("close", resolve));
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener("open", () => resolve());
    socket.addEventListener("error", () => reject(new Error("refused")));
  });
  return { closed, close: () => socket.close() };
}

/** Speaks ttyd's protocol: a first message, then messages that begin with one byte for their type. */
async function openTerminal(port: number, origin: string, cookie = "") {
  const init = { protocols: ["tty"], headers: { origin, cookie } };
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, init as unknown as string[]);
  socket.binaryType = "arraybuffer";
  let output = "";
  let wake = () => {};
  socket.addEventListener("message", ({ data }) => {
    const text = Buffer.from(data as ArrayBuffer).toString("utf8");
    if (text.startsWith("0")) output += text.slice(1);
    wake();
  });
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener("open", () => resolve());
    socket.addEventListener("error", () => reject(new Error("refused")));
  });
  socket.send(Buffer.from(JSON.stringify({ AuthToken: "", columns: 200, rows: 40 })));
  return {
    type: (keys: string) => socket.send(Buffer.from(`0${keys}`)),
    until: async (text: string) => {
      while (!output.includes(text)) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return output;
    },
    closed: new Promise((resolve) => socket.addEventListener("close", resolve)),
    close: () => socket.close(),
  };
}

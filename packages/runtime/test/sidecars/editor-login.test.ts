import { createServer } from "node:http";
import { connect, type Socket } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { startBridge } from "../../src/bridge/bridge.ts";
import { Gate } from "../../src/bridge/gate.ts";
import { type EditorLock, EditorLogin } from "../../src/sidecars/editor-login.ts";
import { ask } from "../support/http.ts";
import { readLate } from "../support/late-reader.ts";
import { serve } from "../support/serve.ts";

const HTML = { accept: "text/html,*/*" };

/** The login in front of a server in the place of code-server, which answers with the headers that it got. */
async function door(first: EditorLock = { id: "password", password: "open sesame" }) {
  let lock = first;
  let nowMs = 0;
  const editor = createServer((incoming, outgoing) => {
    outgoing.end(JSON.stringify(incoming.headers));
  });
  editor.on("upgrade", (_, socket: Socket) => {
    socket.write(
      "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n",
    );
  });
  const port = await serve(editor);
  const gate = new Gate({ maxHeld: 1, holdMs: 60_000 });
  gate.open();
  const login = new EditorLogin({ lock: () => lock, port: 8080, nowMs: () => nowMs });
  const { admit, answers, withoutCredentials } = login;
  const bridge = await startBridge({
    host: "127.0.0.1",
    port: 0,
    admit,
    answers,
    withoutCredentials,
    upstream: { host: "127.0.0.1", port },
    gate,
    progress: () => "",
  });
  onTestFinished(() => bridge.close(AbortSignal.abort()));
  const get = (path: string, headers = {}) => ask(bridge.port, path, { headers });
  const logIn = (password: string, to = "/") =>
    ask(bridge.port, `/login?to=${encodeURIComponent(to)}`, {
      method: "POST",
      body: new URLSearchParams({ password }).toString(),
    });
  const cookieFor = async (password: string) =>
    (await logIn(password)).headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
  /** Opens a WebSocket's connection. @returns the first line of the answer, and when it is cut. */
  const upgrade = async (cookie: string, origin = "http://box", path = "/ws") => {
    const socket = connect(bridge.port, "127.0.0.1");
    const cut = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    const head = [`GET ${path} HTTP/1.1`, "host: box", "connection: upgrade", "upgrade: echo"];
    socket.write([...head, `origin: ${origin}`, `cookie: ${cookie}`, "\r\n"].join("\r\n"));
    const first = await new Promise<string>((resolve) => {
      socket.once("data", (data) => resolve(String(data).split("\r\n")[0] ?? ""));
    });
    return { first, cut };
  };
  return {
    ...{ bridge, get, logIn, cookieFor, upgrade },
    become: (next: EditorLock) => {
      lock = next;
      bridge.askAgain();
    },
    renew: () => login.renew(),
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

it("leads a browser to the login and from there to the page it wanted, by relative addresses", async () => {
  const { get, logIn, cookieFor } = await door();
  const page = await get("/?folder=/work/shop", HTML);
  expect(page.status).toBe(302);
  expect(page.headers.location).toBe("./login?to=%2F%3Ffolder%3D%2Fwork%2Fshop");
  expect((await get("/proxy/3000/x", HTML)).headers.location).toBe(
    "../../login?to=%2Fproxy%2F3000%2Fx",
  );
  const form = await get("/login?to=%2F%3Ffolder%3D%2Fwork%2Fshop");
  expect(form.status).toBe(200);
  expect(form.body).toContain('action="login?to=%2F%3Ffolder%3D%2Fwork%2Fshop"');

  const entered = await logIn("open sesame", "/?folder=/work/shop");
  expect(entered.status).toBe(302);
  expect(entered.headers.location).toBe("./?folder=/work/shop");
  const [cookie = ""] = entered.headers["set-cookie"] ?? [];
  expect(cookie).toMatch(/^sandboot-editor-8080=[0-9a-f]{64}; HttpOnly; SameSite=Lax$/);
  // Another sandbox's editor, below another folder of the same host, does not get it.
  expect(cookie).not.toMatch(/path=/i);
  // Who has logged in is not asked again.
  const again = await get("/login?to=%2Fx", { cookie: await cookieFor("open sesame") });
  expect([again.status, again.headers.location]).toEqual([302, "./x"]);
});

it.each(["//evil.example/x", "/\\evil.example", "https://evil.example/x", "javascript:alert(1)"])(
  "leads nowhere else, also when it is asked to (%s)",
  async (to) => {
    const { logIn } = await door();
    const { location = "" } = (await logIn("open sesame", to)).headers;
    expect(new URL(location, "http://box/login").host).toBe("box");
  },
);

it("takes its cookie from what the editor gets, and nothing else", async () => {
  const { get, cookieFor } = await door();
  const cookie = `a=1; ${await cookieFor("open sesame")}; b=2`;
  // An application behind the editor's own proxy may have a login of its own.
  const answer = await get("/proxy/3000/", { cookie, authorization: "Bearer of-the-app" });
  expect(answer.json()).toMatchObject({ cookie: "a=1; b=2", authorization: "Bearer of-the-app" });
  expect((await get("/healthz")).json()).not.toHaveProperty("cookie");
});

it.each([
  ["no cookie", ""],
  ["another's cookie", `sandboot-editor-8080=${"0".repeat(64)}`],
  ["the password as cookie", "sandboot-editor-8080=open sesame"],
])("lets nobody in with %s", async (_, cookie) => {
  const { get, upgrade } = await door();
  expect((await get("/", { cookie })).status).toBe(401);
  expect((await upgrade(cookie)).first).toContain("401");
  expect((await get("/healthz")).status).toBe(200);
});

// The editor finds its WebSocket, or a port of the sandbox, at such an address.
it.each(["/proxy/3000/../../healthz", "/stable/%2e%2e/healthz", "//box/healthz"])(
  "lets nobody in by an address that only looks like that of the health check (%s)",
  async (path) => {
    const { get, upgrade } = await door();
    expect((await get(path)).status).toBe(401);
    expect((await upgrade("", "http://box", path)).first).toContain("401");
  },
);

it("lets no page of another origin use the cookie", async () => {
  const { get, cookieFor, upgrade } = await door();
  const cookie = await cookieFor("open sesame");
  expect((await upgrade(cookie, "http://box")).first).toContain("101");
  expect((await upgrade(cookie, "http://box:3000")).first).toContain("403");
  // A proxy in front may have another name.
  const proxied = { cookie, origin: "https://box.example", host: "10.0.0.7" };
  expect((await get("/", proxied)).status).toBe(403);
  for (const names of ["box.example", "box.example, inner.example"]) {
    expect((await get("/", { ...proxied, "x-forwarded-host": names })).status).toBe(200);
  }
  const other = { ...proxied, "x-forwarded-host": "evil.example, box.example" };
  expect((await get("/", other)).status).toBe(403);
});

it("asks everybody again when the password becomes another one", async () => {
  const { become, get, cookieFor, upgrade } = await door();
  const cookie = await cookieFor("open sesame");
  const { first, cut } = await upgrade(cookie);
  expect(first).toContain("101");
  become({ id: "password", password: "of the tenant" });
  await cut;
  expect((await get("/", { cookie })).status).toBe(401);
  expect(await cookieFor("open sesame")).toBe("");
  expect((await get("/", { cookie: await cookieFor("of the tenant") })).status).toBe(200);
});

it("draws the key of its cookies anew at a binding: another clone of the snapshot may have the same password", async () => {
  const { renew, get, cookieFor } = await door();
  const cookie = await cookieFor("open sesame");
  renew();
  expect((await get("/", { cookie })).status).toBe(401);
  expect(await cookieFor("open sesame")).not.toBe(cookie);
});

it("lets nobody in before there is a tenant, and everybody of the machine when it has no password", async () => {
  const { become, get, logIn, upgrade } = await door({ id: "shut" });
  expect((await get("/", HTML)).status).toBe(302);
  expect((await upgrade("")).first).toContain("401");
  for (const password of ["", "undefined"]) {
    const page = await logIn(password);
    expect([page.status, page.headers["set-cookie"]]).toEqual([503, undefined]);
  }
  become({ id: "open" });
  expect((await get("/")).status).toBe(200);
});

it("answers no guesses after twelve wrong ones, except two a minute", async () => {
  const { pass, logIn } = await door();
  const status = async (password: string) => (await logIn(password)).status;
  for (let guess = 0; guess < 12; guess++) expect(await status(`guess ${guess}`)).toBe(401);
  const late = await logIn("open sesame");
  expect([late.status, late.headers["retry-after"]]).toEqual([429, "60"]);
  pass(60_000);
  expect([await status("wrong"), await status("wrong"), await status("wrong")]).toEqual([
    401, 401, 429,
  ]);
  pass(60_000);
  expect(await status("open sesame")).toBe(302);
});

it.each([
  ["a form that is too long", {}],
  ["a form without end", { chunked: true }],
])("refuses %s, and says so", async (_, options) => {
  const { bridge } = await door();
  const answer = await readLate(bridge.port, "/login", { bytes: 1_000_000, ...options });
  expect(answer).toMatch(/^HTTP\/1\.1 413 [\s\S]+"too-long"/);
});

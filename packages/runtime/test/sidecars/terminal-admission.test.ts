import { createHmac } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import { terminalAdmission } from "../../src/sidecars/terminal-admission.ts";

const admit = terminalAdmission(() => "open sesame", 7681);
const request = (headers: Record<string, string>, url = "/ws") =>
  ({ headers, url, method: "GET" }) as IncomingMessage;

/** A token that the holder of the terminal's token gives away. */
function signed(claims: object, { secret = "open sesame", alg = "HS256" } = {}): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${part({ alg, typ: "JWT" })}.${part(claims)}`;
  return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
}

describe("a signed token for the terminal", () => {
  const NOW = 1_000;
  const door = terminalAdmission(
    () => "open sesame",
    7681,
    () => NOW,
  );
  const enter = (token: string, path = "/") => door(request({}, `${path}?token=${token}`));

  it("lets in the page and its WebSocket, without a cookie, until it expires", () => {
    const token = signed({ exp: NOW + 1 });
    expect(enter(token)).toBeNull();
    expect(enter(token, "/ws")).toBeNull();
    const referer = `https://terminal.example.org/?token=${token}`;
    expect(door(request({ referer }, "/token"))).toBeNull();
    expect(door(request({}, "/token"))).toMatchObject({ status: 401 });
  });

  it.each([
    ["that has expired", signed({ exp: NOW })],
    ["that never expires", signed({ sub: "me" })],
    ["of another's", signed({ exp: NOW + 1 }, { secret: "open sesamE" })],
    ["of another algorithm", signed({ exp: NOW + 1 }, { alg: "none" })],
    ["without its signature", signed({ exp: NOW + 1 }).replace(/[^.]+$/, "")],
    ["that somebody changed", signed({ exp: NOW + 1 }).replace(/\.[^.]+\./, ".eyJleHAiOjl9.")],
    ["that is none", "a.b.c"],
  ])("%s lets nobody in", (_, token) => {
    expect(enter(token)).toMatchObject({ status: 401 });
  });
});

describe("the terminal's cookie", () => {
  const entered = admit(request({ host: "localhost:7681" }, "/?token=open%20sesame"));
  const cookie = entered?.headers["set-cookie"]?.split(";")[0] ?? "";

  it("is for the page and what lies beside it, also below a folder that a proxy adds", () => {
    expect(entered?.headers).toMatchObject({
      location: "./",
      "set-cookie": expect.not.stringMatching(/path=/i),
    });
    const deep = admit(request({}, "//evil.example/page?token=open%20sesame&arg=1"));
    expect(deep?.headers["location"]).toBe("./page?arg=1");
  });

  it.each([
    ["with no Origin", {}],
    ["from its own page", { origin: "http://localhost:7681" }],
  ])("is good %s", (_, headers) => {
    expect(admit(request({ host: "localhost:7681", cookie, ...headers }))).toBeNull();
  });

  it.each(["http://localhost:3000", "https://evil.example", "null"])(
    "is no good for a page of %s, to which a browser may send it, too",
    (origin) => {
      expect(admit(request({ host: "localhost:7681", cookie, origin }))).toMatchObject({
        status: 403,
        failure: { code: "foreign-site", value: origin },
      });
    },
  );
});

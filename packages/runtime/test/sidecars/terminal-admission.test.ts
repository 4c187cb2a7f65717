import type { IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import { terminalAdmission } from "../../src/sidecars/terminal-admission.ts";

const admit = terminalAdmission(() => "open sesame", 7681);
const request = (headers: Record<string, string>, url = "/ws") =>
  ({ headers, url, method: "GET" }) as IncomingMessage;

describe("the terminal's cookie", () => {
  const entered = admit(request({ host: "localhost:7681" }, "/?token=open%20sesame"));
  const cookie = entered?.headers["set-cookie"]?.split(";")[0] ?? "";

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

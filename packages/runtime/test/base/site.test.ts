import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import { fromOwnSite } from "../../src/base/site.ts";

const admit = fromOwnSite(["10.0.0.7", "Sandbox.example", "[fd00::7]"]);

function refusedBy(headers: IncomingHttpHeaders, method = "POST"): string | null {
  const turned = admit({ headers, method } as IncomingMessage);
  if (turned === null) return null;
  if (!("failure" in turned) || turned.failure.code !== "foreign-site") throw new Error("another");
  return turned.failure.header;
}

describe("without a token", () => {
  it.each<IncomingHttpHeaders>([
    {},
    { host: "localhost" },
    { host: "LOCALHOST:7680" },
    { host: "localhost.:7680" },
    { host: "shop.localhost:7680" },
    { host: "127.0.0.1:7680" },
    { host: "127.8.9.10" },
    { host: "[::1]:7680" },
    { host: "10.0.0.7:7680" },
    { host: "sandbox.example" },
    { host: "[fd00::7]:7680" },
    { host: "localhost", origin: "http://localhost:3000" },
    { host: "localhost", origin: "https://sandbox.example", "sec-fetch-site": "cross-site" },
    { host: "localhost", "sec-fetch-site": "same-origin" },
    { host: "localhost", "sec-fetch-site": "none" },
  ])("admits %j", (headers) => {
    expect(refusedBy(headers)).toBeNull();
  });

  it.each<[string, IncomingHttpHeaders]>([
    ["Host", { host: "" }],
    ["Host", { host: "evil.example:7680" }],
    ["Host", { host: "localhost.evil.example" }],
    ["Host", { host: "notlocalhost" }],
    ["Host", { host: "127.0.0.1.evil.example" }],
    ["Host", { host: "evil.example@localhost" }],
    ["Host", { host: "localhost, evil.example" }],
    ["Host", { host: "sandbox.example.evil" }],
    ["Host", { host: "[::1].evil.example" }],
    ["Host", { host: "0.0.0.0:7680" }],
    ["Host", { host: "evil.example", origin: "http://localhost" }],
    ["Origin", { host: "localhost", origin: "https://evil.example" }],
    ["Origin", { host: "localhost", origin: "null" }],
    ["Origin", { host: "localhost", origin: "https://localhost.evil.example" }],
    ["Sec-Fetch-Site", { host: "localhost", "sec-fetch-site": "cross-site" }],
  ])("refuses by %s: %j", (header, headers) => {
    expect(refusedBy(headers)).toBe(header);
  });

  it("lets somebody in who follows a link, and no other request of that site", () => {
    const link = {
      host: "localhost",
      "sec-fetch-site": "cross-site",
      "sec-fetch-dest": "document",
    };
    expect(refusedBy(link, "GET")).toBeNull();
    expect(refusedBy(link, "POST")).toBe("Sec-Fetch-Site");
    expect(refusedBy({ ...link, "sec-fetch-dest": "image" }, "GET")).toBe("Sec-Fetch-Site");
  });
});

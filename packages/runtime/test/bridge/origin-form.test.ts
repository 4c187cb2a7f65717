import type { IncomingMessage } from "node:http";
import { expect, it } from "vitest";
import { toOriginForm } from "../../src/bridge/origin-form.ts";

it.each([
  ["http://box.example:80/agents/codex/acp?a=b", "box.example:80", "/agents/codex/acp?a=b"],
  ["HTTPS://box.example/x", "box.example", "/x"],
  ["http://box.example", "box.example", "/"],
  ["http://box.example?a=http://b/c", "box.example", "/?a=http://b/c"],
  ["/x?y=http://z/", "of the header", "/x?y=http://z/"],
  ["//box.example/x", "of the header", "//box.example/x"],
  ["*", "of the header", "*"],
])("a request for %s is one at %s for %s", (url, host, path) => {
  const incoming = { url, headers: { host: "of the header" } } as IncomingMessage;
  toOriginForm(incoming);
  expect([incoming.headers.host, incoming.url]).toEqual([host, path]);
});

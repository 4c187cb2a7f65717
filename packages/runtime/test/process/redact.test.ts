import { describe, expect, it } from "vitest";
import { createRedactor } from "../../src/process/redact.ts";

describe("createRedactor", () => {
  const { redact, redactLine } = createRedactor(
    {
      GITHUB_TOKEN: "ghp_abcdef",
      LONGER_TOKEN: "ghp_abcdef_and_more",
      API_KEY: "key.with*signs",
      DB_PASSWORD: "on",
      KEYBOARD: "qwertz-layout",
      DEPLOY_KEY: "-----BEGIN-----\nc2VjcmV0LWxpbmU=\n-----END-----",
      HOME: "/home/agent",
    },
    ["from-the-config"],
  );

  it.each([
    ["token is ghp_abcdef!", "token is [redacted]!"],
    ["ghp_abcdef_and_more", "[redacted]"],
    ["a key.with*signs b", "a [redacted] b"],
    ["from-the-config", "[redacted]"],
    ["  c2VjcmV0LWxpbmU=", "  [redacted]"],
    ["https://me:pass@example.org/a", "https://[redacted]@example.org/a"],
    [
      "postgres://u:p@db/x and https://t@h/",
      "postgres://[redacted]@db/x and https://[redacted]@h/",
    ],
  ])("hides the secret in %j", (line, hidden) => {
    expect(redactLine(line)).toBe(hidden);
  });

  it.each(["turned on", "qwertz-layout", "/home/agent", "https://example.org/@user", "a@b.org"])(
    "leaves %j alone",
    (line) => {
      expect(redactLine(line)).toBe(line);
    },
  );

  it("reaches every string in a value", () => {
    expect(redact({ a: ["ghp_abcdef", 1, null], b: { c: "x ghp_abcdef" } })).toEqual({
      a: ["[redacted]", 1, null],
      b: { c: "x [redacted]" },
    });
  });
});

import { describe, expect, it } from "vitest";
import { createRedactor, isSecretName } from "../../src/base/redact.ts";
import { isQuick } from "../support/is-quick.ts";

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
    "does not change %j",
    (line) => {
      expect(redactLine(line)).toBe(line);
    },
  );

  it.each([
    ["one that is longer than a pattern may be", ["a long one ".repeat(10_000).trim()]],
    ["hundreds", Array.from({ length: 500 }, (_, at) => `secret number ${at}.`)],
  ])("hides secrets whatever their size: %s", (_, secrets) => {
    const redactor = createRedactor({}, secrets);
    for (const secret of [secrets[0], secrets.at(-1)]) {
      expect(redactor.redactLine(`<${secret}>`)).toBe("<[redacted]>");
    }
  });

  it("reads a line once, whatever is in it", { timeout: 20_000 }, () => {
    const line = `${"a.".repeat(60_000)}://`;
    expect(redactLine(line)).toBe(line);
    expect(isSecretName(`TOKEN_${"MAX_".repeat(50_000)}`)).toBe(true);
  });

  it("redacts every string in a value", () => {
    expect(redact({ a: ["ghp_abcdef", 1, null], b: { c: "x ghp_abcdef" } })).toEqual({
      a: ["[redacted]", 1, null],
      b: { c: "x [redacted]" },
    });
  });

  it.each([
    ["> Authorization: Bearer abc.def", "> Authorization: Bearer [redacted]"],
    ['{"authorization": "Basic Zm9v"}', '{"authorization": "Basic [redacted]"}'],
  ])("hides the credentials of an Authorization header: %j", (line, hidden) => {
    expect(redactLine(line)).toBe(hidden);
  });

  it("also hides the secrets of processes that are started later", () => {
    const redactor = createRedactor({});
    expect(redactor.redactLine("made-by-a-hook")).toBe("made-by-a-hook");
    redactor.learn({ AGENT_TOKEN: "made-by-a-hook" });
    expect(redactor.redactLine("made-by-a-hook")).toBe("[redacted]");
  });

  it("forgets the secrets of a process once, when the last one that has them is gone", () => {
    const redactor = createRedactor({});
    const [first, second] = [1, 2].map(() => redactor.learn({ AGENT_TOKEN: "of-a-binding" }));
    first?.();
    first?.();
    expect(redactor.redactLine("of-a-binding")).toBe("[redacted]");
    second?.();
    expect(redactor.redactLine("of-a-binding")).toBe("of-a-binding");
  });

  it("does not forget what something else has made known, before or after", () => {
    const redactor = createRedactor({ FIRST_TOKEN: "known-before" });
    const forget = redactor.hide(["known-before", "known-after", "known-to-nobody-else"]);
    redactor.learn({ SECOND_TOKEN: "known-after" });
    forget();
    expect(redactor.redactLine("known-before known-after known-to-nobody-else")).toBe(
      "[redacted] [redacted] known-to-nobody-else",
    );
  });

  it.each([
    ["beginnings of a scheme", `://${"a.".repeat(32_000)}`],
    ["schemes", "x://".repeat(16_000)],
    ["beginnings of a header", "authorization: ".repeat(4_000)],
  ])("takes no longer for a line of %s than the line is long", (_, line) => {
    const redactor = createRedactor({ A_TOKEN: "ghp_abcdef" });
    expect(isQuick(() => redactor.redactLine(line))).toBe(true);
  });

  it("hides the beginning of a secret at the end of a line that was cut", () => {
    expect(redactLine("x ghp_abc… (line cut)")).toBe("x [redacted]… (line cut)");
    expect(redactLine("x ghp_abc")).toBe("x ghp_abc");
    const long = "0123456789abcdef".repeat(8_000);
    const redactor = createRedactor({ LONG_TOKEN: long });
    expect(redactor.redactLine(`${long.slice(0, 60_000)}… (line cut)`)).toBe(
      "[redacted]… (line cut)",
    );
  });

  it("keeps an event readable when a secret equals a word of the protocol", () => {
    const { redact: harsh } = createRedactor({ DB_PASSWORD: "phase", DB_SECRET: "message" });
    const event = { type: "phase.warning", id: "hook.start:phase", message: "a phase message" };
    expect(harsh(event)).toEqual({ ...event, message: "a [redacted] [redacted]" });
    const state = { status: { id: "failed", reason: "phase" } };
    expect(harsh(state)).toEqual({ status: { id: "failed", reason: "[redacted]" } });
  });
});

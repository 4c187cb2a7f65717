import { describe, expect, it } from "vitest";
import { linearRegExp } from "../../../src/process/readiness/linear-reg-exp.ts";

describe("linearRegExp", () => {
  // With backtracking alone each of these takes longer than anybody waits.
  it.each(["^(a+)+$", "(a|a)*b", "(.*)*x", "^(a?){60}a{60}$"])("%s comes to an end", (source) => {
    expect(linearRegExp(source).test(`${"a".repeat(50)}!`)).toBe(false);
  });

  it("finds what it should, with its groups", () => {
    const match = linearRegExp("listens on (?<url>https?://\\S+)").exec(
      "it listens on http://x:1 now",
    );
    expect(match?.groups?.["url"]).toBe("http://x:1");
  });
});

import { describe, expect, it } from "vitest";
import {
  type Action,
  type Rule,
  rulesOf,
  rulesOfTools,
  stricter,
} from "../../src/config/permissions.ts";
import { isQuick } from "../support/is-quick.ts";

const ORDER: readonly Action[] = ["allow", "ask", "deny"];

/** As OpenCode decides: the last rule that fits. */
function answer(rules: readonly Rule[], tool: string, use: string): Action | null {
  const fits = (pattern: string, text: string) => {
    const source = pattern
      .replaceAll(/[.+^$()|[\]{}\\]/g, "\\$&")
      .replaceAll("*", ".*")
      .replaceAll("?", ".");
    const whole = source.endsWith(" .*") ? `${source.slice(0, -3)}( .*)?` : source;
    return new RegExp(`^${whole}$`, "s").test(text);
  };
  return rules.findLast((rule) => fits(rule.tool, tool) && fits(rule.pattern, use))?.action ?? null;
}

const USES = [
  "git",
  "git push",
  "git push --force",
  "git status",
  "rm -rf /",
  "npm test",
  "src/a.env",
];
const TOOLS = ["bash", "edit", "mcp_read", "webfetch"];

/** Compares for every tool and use. @returns what is wrong. */
function faults(a: unknown, b: unknown, { exact }: { exact: boolean }): string[] {
  const [one, other, both] = [rulesOf(a), rulesOf(b), rulesOf(stricter(rulesOf(a), rulesOf(b)))];
  return TOOLS.flatMap((tool) =>
    USES.flatMap((use) => {
      const answers = [answer(one, tool, use), answer(other, tool, use)];
      const wanted = Math.max(...answers.map((each) => (each === null ? -1 : ORDER.indexOf(each))));
      const found = answer(both, tool, use);
      const got = found === null ? -1 : ORDER.indexOf(found);
      const isRight = exact ? got === wanted : got >= wanted;
      return isRight ? [] : [`${tool} ${use}: ${found}, wanted ${ORDER[wanted] ?? "nothing"}`];
    }),
  );
}

describe("of two permissions, what each use of a tool may do", () => {
  it.each<[what: string, a: unknown, b: unknown]>([
    ["one word each", "ask", "deny"],
    ["a denial and a word for all", { bash: "deny" }, "allow"],
    ["a word for all and an exception", "deny", { bash: "allow" }],
    ["exceptions of a denial", { bash: { "*": "deny", "git *": "allow" } }, { bash: "ask" }],
    [
      "exceptions on both sides",
      { bash: { "*": "ask", "git *": "allow", "git push *": "deny" } },
      { bash: { "*": "allow", "git push --force": "ask", "npm *": "deny" } },
    ],
    ["an order that matters", { bash: { "git *": "deny", "*": "allow" } }, { bash: "ask" }],
    ["a pattern for tools", { "mcp_*": "deny", bash: "ask" }, { "*": "allow", mcp_read: "allow" }],
    ["a tool that only one names", { edit: "deny" }, { bash: { "rm *": "deny" } }],
    ["a rule for all after one for a tool", { bash: "deny", "*": "ask" }, { "*": "allow" }],
  ])("%s: the stricter answer, either way round", (_, a, b) => {
    expect(faults(a, b, { exact: true })).toEqual([]);
    expect(faults(b, a, { exact: true })).toEqual([]);
  });

  it("patterns that cross are never looser", () => {
    const a = { bash: { "*": "allow", "git *": "ask" } };
    const b = { bash: { "*": "allow", "* --force": "deny" } };
    expect(faults(a, b, { exact: false })).toEqual([]);
    expect(faults(b, a, { exact: false })).toEqual([]);
  });

  it("any two permissions of these patterns are never looser", () => {
    const patterns = ["*", "git *", "git push *", "* --force", "npm test", "*.env", "git?push"];
    let seed = 7;
    const next = (count: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((seed / 2_147_483_648) * count);
    };
    const action = () => ORDER[next(3)];
    const uses = () =>
      Object.fromEntries(
        Array.from({ length: 1 + next(4) }, () => [patterns[next(patterns.length)], action()]),
      );
    const permission = () =>
      Object.fromEntries(
        Array.from({ length: 1 + next(3) }, () => [
          ["*", "bash", "edit", "mcp_*", "*_read"][next(5)],
          next(2) === 0 ? action() : uses(),
        ]),
      );
    for (let round = 0; round < 500; round++) {
      const [a, b] = [permission(), permission()];
      expect(faults(a, b, { exact: false }), JSON.stringify([a, b])).toEqual([]);
    }
  });

  it("compares patterns of many stars in no time", () => {
    const stars = `${"a*".repeat(5_000)}b`;
    const image = rulesOf({ bash: { [stars]: "deny" } });
    const session = rulesOf({ bash: { ["a".repeat(5_001)]: "allow" } });
    expect(isQuick(() => stricter(image, session))).toBe(true);
  });

  it("takes the older `tools` for what OpenCode makes of them", () => {
    expect(rulesOfTools({ write: false, bash: true })).toEqual([
      { tool: "edit", pattern: "*", action: "deny" },
      { tool: "bash", pattern: "*", action: "allow" },
    ]);
    expect(rulesOf({ bash: 5, edit: { "*": "perhaps" }, read: "ask" })).toEqual([
      { tool: "read", pattern: "*", action: "ask" },
    ]);
  });
});

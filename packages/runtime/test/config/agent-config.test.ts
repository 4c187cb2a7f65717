import { describe, expect, it } from "vitest";
import { inlineConfigOf } from "../../src/agents/opencode/inline-config.ts";
import { Failed } from "../../src/base/failed.ts";
import { mergeAgentConfig } from "../../src/config/agent-config.ts";
import { withSession } from "../../src/config/session.ts";

describe("mergeAgentConfig", () => {
  it("merges key by key; the second wins, and lists are joined once", () => {
    const before = {
      model: "a/b",
      provider: { a: { x: 1, y: 2 } },
      plugin: ["p"],
      share: "manual",
    };
    const after = { model: "c/d", provider: { a: { y: 3 } }, plugin: ["p", "q"] };
    expect(mergeAgentConfig(before, after)).toEqual({
      model: "c/d",
      provider: { a: { x: 1, y: 3 } },
      plugin: ["p", "q"],
      share: "manual",
    });
  });

  it.each([
    ["permission", { permission: { bash: "deny" } }, { permission: { bash: "allow" } }],
    ["tools", { tools: { bash: false } }, { permission: { bash: "allow" } }],
    ["a word for all", { permission: "deny" }, { permission: { bash: "allow" } }],
  ])("a denial by %s stays, whoever says it", (_, deny, allow) => {
    for (const merged of [mergeAgentConfig(deny, allow), mergeAgentConfig(allow, deny)]) {
      expect(merged).toMatchObject({ permission: { bash: "deny" } });
      expect(merged).not.toHaveProperty("tools");
    }
  });

  it("an agent's own permission does not loosen what the other side denies to all", () => {
    const image = { permission: { bash: "deny" } };
    const session = {
      agent: { build: { permission: { bash: "allow", edit: "ask" } }, plan: { model: "a/b" } },
    };
    const wanted = {
      permission: { bash: "deny" },
      agent: { build: { permission: { bash: "deny", edit: "ask" } }, plan: { model: "a/b" } },
    };
    expect(mergeAgentConfig(image, session)).toEqual(wanted);
    expect(mergeAgentConfig(session, image)).toEqual(wanted);
    const older = { mode: { build: { tools: { bash: true } } } };
    expect(mergeAgentConfig(image, older)).toEqual({
      permission: { bash: "deny" },
      agent: { build: { mode: "primary", permission: { bash: "deny" } } },
    });
  });
});

describe("SESSION_CONFIG", () => {
  it("does not loosen a permission of the config file", () => {
    const file = { permission: { bash: { "*": "ask", "git *": "allow" } }, model: "a/b" };
    expect(withSession(file, { permission: "allow", model: "c/d" })).toMatchObject({
      permission: { bash: { "*": "ask", "git *": "allow" } },
      model: "c/d",
    });
    expect(withSession(file, { permission: { bash: "deny" } })).toMatchObject({
      permission: { bash: { "*": "deny", "git *": "deny" } },
    });
  });
});

describe("OpenCode's inline configuration", () => {
  const image = (env: Record<string, string>) => ({ source: "environment", env });

  it("of the image, and a model of the session: the image's denial stays", () => {
    const env = { OPENCODE_CONFIG_CONTENT: JSON.stringify({ permission: { bash: "deny" } }) };
    const made = inlineConfigOf(image(env), { model: "a/b" }, []);
    expect(JSON.parse(made["OPENCODE_CONFIG_CONTENT"] ?? "")).toEqual({
      permission: { bash: "deny" },
      model: "a/b",
    });
  });

  it("that only one place gives is passed on as it is", () => {
    const env = { OPENCODE_CONFIG_CONTENT: '{ "model": "a/b" // a comment\n}' };
    expect(inlineConfigOf(image(env), {}, [])).toEqual(env);
    expect(inlineConfigOf(image({}), { model: "a/b" }, [])).toEqual({
      OPENCODE_CONFIG_CONTENT: '{"model":"a/b"}',
    });
    expect(inlineConfigOf(image({ OPENCODE_CONFIG_CONTENT: "" }), {}, [])).toEqual({});
  });

  it("OPENCODE_PERMISSION, which OpenCode applies last, neither loosens nor is loosened", () => {
    const loose = { OPENCODE_PERMISSION: '{"bash":"allow","edit":"deny"}' };
    const made = inlineConfigOf(image(loose), { permission: { bash: "deny", edit: "allow" } }, []);
    const wanted = { bash: "deny", edit: "deny" };
    expect(JSON.parse(made["OPENCODE_PERMISSION"] ?? "")).toEqual(wanted);
    expect(JSON.parse(made["OPENCODE_CONFIG_CONTENT"] ?? "")).toEqual({ permission: wanted });
  });

  it.each(["{ half", "[]", "5"])(
    "that cannot be merged (%s) is refused, without its value",
    (text) => {
      const env = { OPENCODE_CONFIG_CONTENT: text };
      const merge = () => inlineConfigOf(image(env), { model: "a/b" }, []);
      expect(merge).toThrow(Failed);
      expect(merge).toThrow(/environment: OPENCODE_CONFIG_CONTENT: expected a JSON object/);
      expect(merge).not.toThrow("half");
    },
  );
});

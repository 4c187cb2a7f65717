import { describe, expect, it } from "vitest";
import { settingIn } from "../../../src/workspace/git/git-dirs.ts";
import { isQuick } from "../../support/is-quick.ts";

describe("settingIn", () => {
  it.each([
    ["[core]\n\tworktree = ../../../shop/sub\n\tbare = false\n", "../../../shop/sub"],
    ['[core]\r\n  WorkTree="/srv/a b"\r\n', "/srv/a b"],
    ["[core]\n\tworktree=\n", ""],
    ["[core]\n\tbare = false\n[worktree]\n\tguess = true\n", null],
    ["", null],
  ])("finds in %j the value %j", (config, value) => {
    expect(settingIn(config, "worktree")).toBe(value);
  });

  it.each([
    ["empty lines", "\n".repeat(500_000)],
    ["a value with a long gap", `worktree = a${" ".repeat(500_000)}b"`],
    ["names without a value", "worktree \n".repeat(50_000)],
  ])("takes no longer for %s than the file is long", (_, config) => {
    expect(isQuick(() => settingIn(config, "worktree"))).toBe(true);
  });
});

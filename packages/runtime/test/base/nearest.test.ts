import { describe, expect, it } from "vitest";
import { nearest } from "../../src/base/nearest.ts";

const known = ["bridge", "codeServer", "port", "repositories", "stage", "stateDir"];

describe("the nearest word", () => {
  it.each([
    ["brigde", "bridge"],
    ["bride", "bridge"],
    ["prot", "port"],
    ["code-server", "codeServer"],
    ["CODE_SERVER", "codeServer"],
    ["reposiotries", "repositories"],
    ["statedir", "stateDir"],
  ])("to %s is %s", (word, meant) => {
    expect(nearest(word, known)).toBe(meant);
  });

  it.each(["colour", "x", "", "sidecars"])("to %j is none", (word) => {
    expect(nearest(word, known)).toBeNull();
  });
});

import { describe, expect, it } from "vitest";
import { lookOf } from "../../src/cli/look.ts";

/** A terminal of this width, as far as its look asks it. */
const terminal = (columns: number) =>
  ({ isTTY: true, columns, hasColors: () => true }) as unknown as NodeJS.WriteStream;

describe("the width of a picture", () => {
  it("is the terminal's", () => {
    expect(lookOf(terminal(72), {}).columns).toBe(72);
  });

  it("is that of a file where the terminal has not been told its size, as in a fresh pty", () => {
    expect(lookOf(terminal(0), {}).columns).toBe(100);
    expect(lookOf({ isTTY: false } as NodeJS.WriteStream, {}).columns).toBe(100);
  });
});

describe("links", () => {
  it.each([
    [{ VTE_VERSION: "7203" }, true],
    [{ TERM_PROGRAM: "vscode" }, true],
    [{ TERM: "xterm-kitty" }, true],
    [{ TERM: "xterm-256color" }, false],
    [{ VTE_VERSION: "4205" }, false],
  ])("are shown by terminals that say that they know them: %j", (env, links) => {
    expect(lookOf(terminal(80), env).links).toBe(links);
    expect(lookOf({ isTTY: false } as NodeJS.WriteStream, env).links).toBe(false);
  });
});

import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { plainBootFlags } from "../../src/cli/boot-flags.ts";
import { define } from "../../src/cli/commands/boot-definition.ts";

/** What the parser makes of a command line that it accepts. */
function parsed(args: readonly string[]): unknown {
  const program = new Command("sandboot").exitOverride();
  const command = program.command("boot");
  define(command, { workers: null as never, ending: () => async () => {} });
  program.parse(args, { from: "user" });
  return command.opts();
}

describe("a plain command line of boot", () => {
  it.each([
    [["boot"]],
    [["boot", "--json"]],
    [["boot", "--config", "sandboot.jsonc", "--mode", "seed", "--until", "ready", "--json"]],
    [["boot", "--report", "a b.json", "--until", "warm", "--until", "settled"]],
    [["boot", "--config", ""]],
  ])("%j has the flags that the parser finds", (args) => {
    expect(plainBootFlags(args)).toEqual(parsed(args));
  });

  it.each([
    [[]],
    [["status"]],
    [["help", "boot"]],
    [["boot", "--help"]],
    [["boot", "--config=sandboot.jsonc"]],
    [["boot", "--conf", "sandboot.jsonc"]],
    [["boot", "--config"]],
    [["boot", "--config", "--json"]],
    [["boot", "--config", "-"]],
    [["boot", "--mode", "seeed"]],
    [["boot", "--until", "later"]],
    [["boot", "--no-json"]],
    [["boot", "--constructor", "x"]],
    [["boot", "--", "x"]],
    [["boot", "extra"]],
  ])("%j is for the parser", (args) => {
    expect(plainBootFlags(args)).toBeNull();
  });
});

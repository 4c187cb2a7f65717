import { Command } from "commander";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import type { CommandParts } from "../../src/cli/command.ts";
import { commands } from "../../src/cli/commands/index.ts";
import { sandbootBin } from "../support/sandboot.ts";

const SENTENCE = /^[A-Z-].*\.$/s;

/** The words of an example up to the first operator of the shell. */
const wordsOf = (line: string) =>
  (line.split(/ [|<>] /)[0] ?? "").split(" ").filter((word) => word !== "");

/** Options that a command line has and its command lacks. */
function unknownOptions(command: Command, words: readonly string[]): string[] {
  const { operands, unknown } = command.parseOptions([...words]);
  const nested = command.commands.find((one) => one.name() === operands[0]);
  if (nested !== undefined) return unknownOptions(nested, [...operands.slice(1), ...unknown]);
  return unknown;
}

describe("sandboot --help", () => {
  it("lists every command once, below its heading", async () => {
    const { stdout } = await execa(sandbootBin, ["--help"]);
    const headings = stdout.split("\n").filter((line) => /^\w+:/.test(line));
    expect(headings.slice(1)).toEqual(["Options:", "Run:", "Inspect:", "Control:", "Explain:"]);
    for (const { name, group } of commands) {
      expect(stdout.split(new RegExp(`^  ${name} `, "m"))).toHaveLength(2);
      expect(stdout.indexOf(`\n${group}:`)).toBeLessThan(stdout.indexOf(`\n  ${name} `));
    }
  });

  it.each(commands)(
    "speaks of $name in whole sentences, with examples that are right",
    async (entry) => {
      const { define, examples } = await entry.load();
      const command = new Command(entry.name);
      define(command, { ending: () => async () => {} } as unknown as CommandParts);
      const all = [command, ...command.commands];
      const texts = [
        entry.summary,
        ...command.commands.map((nested) => nested.description()),
        ...all.flatMap(({ options }) => options.map(({ description }) => description)),
        ...all.flatMap(({ registeredArguments }) =>
          registeredArguments.map((one) => one.description),
        ),
        ...examples.map(([, effect]) => effect),
      ];
      expect(texts.filter((text) => !SENTENCE.test(text))).toEqual([]);
      for (const [line] of examples) {
        const [program, name, ...rest] = wordsOf(line);
        expect([program, name]).toEqual(["sandboot", entry.name]);
        expect(unknownOptions(command, rest), line).toEqual([]);
      }
    },
  );

  it("shows the examples of a command", async () => {
    const { stdout } = await execa(sandbootBin, ["status", "--help"]);
    expect(stdout).toContain(
      "\nExamples:\n  Shows this sandbox at a glance.\n    sandboot status\n",
    );
  });

  it("shows the help of a command by `help`, and refuses one that does not exist", async () => {
    const [known, unknown] = await Promise.all(
      ["status", "stauts"].map((name) => execa(sandbootBin, ["help", name], { reject: false })),
    );
    expect(known).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^Usage: sandboot status/),
    });
    expect(unknown).toMatchObject({ exitCode: 2, stdout: "" });
    expect(unknown?.stderr).toContain("Did you mean status?");
  });

  it("ends without a stack when its reader has left", async () => {
    const shell = `exec 3> >(exec true); wait $!; "$0" --help >&3; "$0" nonsense 2>&3; echo $?`;
    // By a socket as stdin, as execa makes one, bash guesses that rshd started it, and reads the user's ~/.bashrc.
    const { stdout, stderr } = await execa("bash", ["-c", shell, sandbootBin], { stdin: "ignore" });
    expect({ stdout, stderr }).toEqual({ stdout: "2", stderr: "" });
  });
});

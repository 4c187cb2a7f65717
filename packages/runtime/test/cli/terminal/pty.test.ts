import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { nodeUnderTest } from "../../../../../test/support/node-under-test.ts";
import { readHistory } from "../../../src/report/history/store.ts";
import { bareEnv } from "../../support/bare-env.ts";
import { Changes } from "../../support/changes.ts";
import { Gate } from "../../support/gate.ts";
import { endAll, sandbootBin } from "../../support/sandboot.ts";
import { Sandbox } from "../../support/sandbox.ts";
import { scratchFolder } from "../../support/scratch.ts";

interface Pty {
  /** What the runtime has written so far. */
  readonly output: () => string;
  /** Resolves when the output has this. */
  until(expected: string | RegExp): Promise<void>;
  /** As from the keyboard. */
  type(keys: string): void;
  /** Whether somebody reads what the terminal shows. At first: yes. */
  read(isRead: boolean): void;
  /** @returns The exit code of the runtime. */
  ended(): Promise<number>;
}

/** Boots a sandbox in a terminal, by script(1) of util-linux. @param setUp - A command before the boot. */
async function bootInTerminal(
  { folder, config, home }: Sandbox,
  setUp: string,
  flags = "",
): Promise<Pty> {
  const file = join(folder, "sandboot.json");
  await writeFile(file, JSON.stringify(config));
  const boot = `${setUp}; exec '${nodeUnderTest}' '${sandbootBin}' boot --config '${file}' ${flags}`;
  const env = { ...bareEnv(), HOME: home, SHELL: "/bin/sh", TERM: "xterm-256color" };
  const script = spawn("script", ["-qec", boot, "/dev/null"], { env });
  onTestFinished(() => endAll(script, { home }));
  const changes = new Changes();
  let output = "";
  script.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    changes.notify();
  });
  const closed = once(script, "close").then(([code]) => code as number);
  return {
    output: () => output,
    until: (expected) =>
      changes.until(() =>
        typeof expected === "string" ? output.includes(expected) : expected.test(output),
      ),
    type: (keys) => script.stdin.write(keys),
    read: (isRead) => void (isRead ? script.stdout.resume() : script.stdout.pause()),
    ended: () => closed,
  };
}

/** What moves the cursor up, to paint a picture over the last one. */
const PAINTED_OVER = /\[\d+A/;

const linesOf = (output: string) =>
  stripVTControlCharacters(output)
    .split("\n")
    .map((line) => line.trimEnd());

describe("sandboot boot in a terminal", () => {
  it("that fails ends with the waterfall, the cause, where the report is, and the exit code", async () => {
    const gate = await Gate.create();
    const files = { ".openinspect/start.sh": `echo the hook has begun; ${gate.wait}; exit 7\n` };
    const sandbox = await Sandbox.create({ agentKind: "fixture", files });
    const terminal = await bootInTerminal(sandbox, "stty cols 80 rows 40");
    await terminal.until(PAINTED_OVER);
    await gate.open();
    expect(await terminal.ended()).toBe(1);
    const [recorded] = await readHistory(join(sandbox.folder, "state/history"));
    const lines = linesOf(terminal.output());
    const places = [
      /^ {2}✗ hook\.start:demo +◆ .*█/,
      /^sandboot: hook\.start:demo failed:$/,
      /^ {2}│ the hook has begun$/,
      new RegExp(`^ {2}Full report: sandboot report ${recorded?.path}$`),
      /^ {2}ended in [\d.]+ m?s, exit code 1$/,
    ].map((line) => lines.findLastIndex((text) => line.test(text)));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    // The picture had no cursor in it.
    expect(terminal.output().match(/\[\?25[lh]/g)).toEqual(["[?25l", "[?25h"]);
  });

  it("without a size writes lines that stay; Ctrl-C ends it with the exit code", async () => {
    const sandbox = await Sandbox.create({ agentKind: "fixture" });
    const terminal = await bootInTerminal(sandbox, "stty cols 0 rows 0");
    await terminal.until("Ctrl-C ends the sandbox.");
    terminal.type("\u0003");
    expect(await terminal.ended()).toBe(0);
    const lines = linesOf(terminal.output());
    expect(
      lines.slice(
        0,
        lines.findIndex((line) => line.startsWith("sandboot ")),
      ),
    ).toEqual(
      expect.arrayContaining([expect.stringMatching(/^ {2}✓ +\d+ ms {2}workspace\.sync:demo$/)]),
    );
    expect(lines.at(-2)).toMatch(/^ {2}ended in [\d.]+ m?s, exit code 0$/);
    expect(terminal.output()).not.toMatch(/\[\d*[AJK]/);
  });

  it("shows the cursor at Ctrl-Z, and paints again when it goes on", async () => {
    const gate = await Gate.create();
    const files = { ".openinspect/start.sh": `${gate.wait}\n` };
    const sandbox = await Sandbox.create({ agentKind: "fixture", files });
    const terminal = await bootInTerminal(sandbox, "stty cols 80 rows 40");
    await terminal.until("[?25l");
    terminal.type("\u001a");
    // Nothing is above `script` that could let it go on, so the kernel does not stop it.
    await terminal.until("[?25h\u001b[?25l");
    await gate.open();
    await terminal.until("Ctrl-C ends the sandbox.");
    terminal.type("\u0003");
    expect(await terminal.ended()).toBe(0);
  });

  it("C13: that nobody reads holds up nothing", async () => {
    const gate = await Gate.create();
    const printed = join(await scratchFolder(), "printed");
    const sandbox = await Sandbox.create({
      agentKind: "fixture",
      files: { ".openinspect/start.sh": `${gate.wait}; seq 100000; touch '${printed}'\n` },
    });
    const terminal = await bootInTerminal(sandbox, "stty cols 80 rows 40", "--json");
    await terminal.until('"type":"phase.started","id":"hook.start:demo"');
    terminal.read(false);
    await gate.open();
    // The hook can print it all only to a runtime that goes on reading.
    await expect.poll(() => existsSync(printed), { timeout: 60_000 }).toBe(true);
    terminal.read(true);
    await terminal.until('"type":"boot.ready"');
    terminal.type("\u0003");
    expect(await terminal.ended()).toBe(0);
  });
});

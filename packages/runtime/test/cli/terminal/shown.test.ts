import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { nodeUnderTest } from "../../../../../test/support/node-under-test.ts";
import { shown } from "../../../src/cli/terminal/shown.ts";
import { linkTo } from "../../../src/report/look.ts";
import { bareEnv } from "../../support/bare-env.ts";
import { sandbootBin } from "../../support/sandboot.ts";
import { scratchFolder } from "../../support/scratch.ts";

const EVIL = "\u001b]52;c;ZXZpbA==\u0007\u009b2J\u202egnp\u200b";

describe("what a command prints", () => {
  it("has our colours and lines, and nothing else that acts", () => {
    expect(shown("\u001b[1;31mred\u001b[39m\tx\n")).toBe("\u001b[1;31mred\u001b[39m\tx\n");
    const link = linkTo("http://127.0.0.1:7680", {
      columns: 80,
      colour: true,
      unicode: true,
      links: true,
    });
    expect(shown(link)).toBe(link);
    expect(shown("\u001b]8;;file:///etc\u001b\\")).toBe("\\u001b]8;;file:///etc\\u001b\\");
    expect(shown(EVIL)).toBe("\\u001b]52;c;ZXZpbA==\\u0007\\u009b2J\\u202egnp\\u200b");
  });

  it("is the same JSON as before", () => {
    const event = { line: `${EVIL}\u{e0041} ü "quoted" \\` };
    expect(JSON.parse(shown(JSON.stringify(event)))).toEqual(event);
  });

  it.each<[what: string, args: string[], env: Record<string, string>]>([
    ["an unknown command", [EVIL], {}],
    ["an unknown flag", ["boot", `--${EVIL}`], {}],
    ["the path of a report", ["report", EVIL], {}],
    ["the path of a config", ["config", "check", "--config", EVIL], {}],
    ["a variable", ["config", "check"], { SANDBOOT_MODE: EVIL, REPO_NAME: EVIL, REPO_OWNER: "a" }],
    ["a socket", ["status", "--socket", EVIL], {}],
  ])("%s is shown without acting", async (_, args, env) => {
    const cwd = await scratchFolder();
    const run = promisify(execFile)(nodeUnderTest, [sandbootBin, ...args], {
      cwd,
      env: { ...bareEnv(), HOME: cwd, ...env },
    });
    const { stdout, stderr } = await run.catch(
      (error: { stdout: string; stderr: string }) => error,
    );
    expect(stderr).not.toBe("");
    expect(stdout + stderr).not.toMatch(/[^\P{C}\n\t\p{Cn}\p{Co}\p{Cs}]/u);
  });
});

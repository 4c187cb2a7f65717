import { describe, expect, it } from "vitest";
import { streamKeepingErrors } from "../../scripts/lib/child.mjs";

const node = (code: string) => streamKeepingErrors(process.execPath, ["-e", code]);

describe("streamKeepingErrors", () => {
  it("returns the exit code and the last lines of stderr, without colours and stack frames", async () => {
    const code = `
      console.error("early\\n" + "x\\n".repeat(30));
      console.error("\\u001B[31mlate\\u001B[39m\\n\\n    at somewhere:1:2");
      process.exitCode = 3;`;
    const { exitCode, errorLines } = await node(code);
    expect(exitCode).toBe(3);
    expect(errorLines).toHaveLength(12);
    expect(errorLines.slice(-2)).toEqual(["x", "late"]);
  });

  it("does not wait for a process that was left with stderr open", async () => {
    const code = `
      const options = { stdio: ["ignore", "ignore", "inherit"], detached: true };
      const left = require("node:child_process").spawn("sleep", ["600"], options);
      left.unref();
      console.error(left.pid);`;
    const { exitCode, errorLines } = await node(code);
    process.kill(Number(errorLines[0]));
    expect({ exitCode, errorLines }).toMatchObject({
      exitCode: 0,
      errorLines: [expect.stringMatching(/^\d+$/)],
    });
  });

  it("rejects when the command cannot start", async () => {
    await expect(streamKeepingErrors("/no/such", [])).rejects.toThrow("/no/such");
  });
});

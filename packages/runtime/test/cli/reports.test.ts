import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { readHistory } from "../../src/report/history/store.ts";
import { readReport } from "../../src/report/read-report.ts";
import { sandbootBin } from "../support/sandboot.ts";
import { Sandbox } from "../support/sandbox.ts";
import { scratchFolder } from "../support/scratch.ts";

// With CI set, as in pipelines. Output to a pipe must be plain text there, too.
const run = (cwd: string, ...args: string[]) =>
  execa(sandbootBin, args, { cwd, reject: false, env: { CI: "true" } });

describe("commands that read reports", () => {
  it("read the history; without a file name, the last boot", async () => {
    const sandbox = await Sandbox.create({
      agentKind: "fixture",
      files: { ".openinspect/start.sh": "echo the hook has begun\nexit 7\n" },
    });
    for (const _ of [1, 2]) expect((await (await sandbox.boot()).ended()).exitCode).toBe(1);
    const { folder } = sandbox;
    const boots = await readHistory(join(folder, "state/history"));
    expect(boots).toHaveLength(2);
    // Equal to the file of --report.
    expect(boots[1]?.report).toEqual(await readReport(join(folder, "report.json")));
    expect(boots[1]?.report.output["hook.start:demo"]).toEqual(["the hook has begun"]);

    const said = async (...args: string[]) => {
      const { exitCode, stdout, stderr } = await run(folder, ...args);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
      return stdout;
    };
    expect(await said("report")).toMatch(/✗ hook\.start:demo +◆/);
    expect(await said("report", "--format", "table")).toMatch(/hook\.start:demo +failed/);
    expect(JSON.parse(await said("report", "--format", "json"))).toEqual(boots[1]?.report);
    expect(JSON.parse(await said("report", "--format", "perfetto"))).toHaveProperty("traceEvents");
    expect(await said("report", "--format", "html")).toContain(
      "Run .openinspect/start.sh of demo</a> failed",
    );
    expect(await said("analyze", "critical-chain")).toMatch(
      /^repo_image: failed\nhook\.start:demo /,
    );
    expect(await said("analyze", "blame")).toMatch(/hook\.start:demo +critical, failed/);
    expect(await said("history")).toContain("failed: hook.start:demo");
    expect(await said("diff")).toContain("the critical chain is the same");

    expect(await said("history")).toMatch(
      new RegExp(
        `^ +1 +${boots[1]?.report.startedAt} .*\n +2 +${boots[0]?.report.startedAt} `,
        "m",
      ),
    );
    for (const [number, boot] of [boots[1], boots[0]].entries()) {
      const numbered = await said("report", "--format", "json", String(number + 1));
      expect(JSON.parse(numbered)).toEqual(boot?.report);
    }
    expect(await said("diff", "1", "1")).toContain("failed, then failed");
    expect(await said("diff", "2", "report.json")).toBe(await said("diff"));
    const { exitCode, stderr } = await run(folder, "report", "3");
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("fewer than 3 boots are on record"),
    });
  });

  it("refuse invalid files with what was expected and found, and exit code 2", async () => {
    const folder = await scratchFolder();
    await writeFile(join(folder, "half.json"), '{"schemaVersion": 1, ');
    await writeFile(join(folder, "other.json"), '{"name": "something"}');
    await writeFile(join(folder, "newer.json"), '{"schemaVersion": 99}');
    await writeFile(join(folder, "empty.json"), "");
    const complaints = {
      "nowhere.json": "no such file",
      "half.json": "text that is not JSON",
      "other.json": "JSON that is not a report (schemaVersion: expected ",
      "newer.json": "schema version 99",
      "empty.json": "an empty file",
    };
    for (const [name, complaint] of Object.entries(complaints)) {
      const { exitCode, stderr, stdout } = await run(folder, "report", name);
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
      expect(stderr).toContain(`${join(folder, name)}: expected a boot report`);
      expect(stderr).toContain(complaint);
    }
    expect((await run(folder, "diff", "half.json", "other.json")).exitCode).toBe(2);
  });

  it("fail with the path of the history and exit code 1 when there is no boot in it", async () => {
    const folder = await scratchFolder();
    for (const command of ["report", "history", "diff"]) {
      const { exitCode, stderr } = await run(folder, command);
      expect(exitCode).toBe(1);
      expect(stderr).toContain(join(folder, ".sandboot/state/history"));
    }
  });
});

import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { changedFiles, testsFor } from "../../scripts/lib/changed.mjs";
import { scratchFolder } from "../support/scratch.ts";

const suites = (changed: string[]) =>
  Object.fromEntries(
    ["stager", "runtime", "vscode-ext"].map((suite) => [suite, testsFor(suite, changed).id]),
  );

describe("npm test -- --changed", () => {
  it("runs the suites of what is built from a changed source", () => {
    const all = { stager: "all", runtime: "all", "vscode-ext": "all" };
    expect(suites(["packages/stager/src/lock.ts"])).toEqual(all);
    expect(suites(["package-lock.json"])).toEqual(all);
    expect(suites(["test/support/ports.ts"])).toEqual(all);
    expect(suites(["packages/runtime/src/cli/main.ts"])).toEqual({ ...all, stager: "none" });
    expect(suites(["packages/vscode-ext/src/extension.ts"])).toEqual({
      stager: "none",
      runtime: "none",
      "vscode-ext": "all",
    });
  });

  it("runs a changed test file alone, and nobody else's", () => {
    const changed = ["packages/runtime/test/config/load.test.ts"];
    expect(suites(changed)).toEqual({ stager: "none", runtime: "files", "vscode-ext": "none" });
    expect(testsFor("runtime", changed)).toEqual({
      id: "files",
      files: ["test/config/load.test.ts"],
    });
    expect(suites([...changed, "packages/runtime/test/support/git.ts"])["runtime"]).toBe("all");
  });

  it("runs no package's suite for a text", () => {
    const none = { stager: "none", runtime: "none", "vscode-ext": "none" };
    expect(suites(["README.md", ".github/workflows/ci.yml"])).toEqual(none);
    expect(suites(["docs/graph.md"])).toEqual({ ...none, runtime: "all" });
  });

  it("sees what differs from a revision, and files that git does not know yet", async () => {
    const folder = await scratchFolder();
    const git = (...args: string[]) => execFileSync("git", args, { cwd: folder, stdio: "pipe" });
    git("init", "--quiet");
    mkdirSync(join(folder, "a"));
    writeFileSync(join(folder, "a/old"), "1");
    git("add", "--all");
    git("-c", "user.name=T", "-c", "user.email=t@example.org", "commit", "--quiet", "-m", "one");
    writeFileSync(join(folder, "a/old"), "2");
    writeFileSync(join(folder, "new file"), "1");
    expect(changedFiles(folder, "HEAD").sort()).toEqual(["a/old", "new file"]);
    expect(() => changedFiles(folder, "no-such-revision")).toThrow("no-such-revision");
  });
});

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { makeRepositories } from "../examples/quickstart/make-demo.mjs";

const folder = mkdtempSync(join(tmpdir(), "quickstart-"));
afterAll(() => rmSync(folder, { recursive: true }));

const origin = join(folder, "origin.git");
const socket = join(folder, "runtime.sock");
const checkout = join(folder, "workspace", "shop");
const git = (cwd: string, ...args: string[]) =>
  execFileSync("git", args, { cwd, encoding: "utf8" }).trim();

describe("the demo's repositories", () => {
  it("are made once; the checkout is put behind its origin every time", async () => {
    expect(await makeRepositories(folder)).toEqual({ made: true, commitsBehind: 6 });
    const made = git(origin, "rev-parse", "main", "feature/price-rules");
    const image = git(checkout, "rev-parse", "HEAD");
    git(checkout, "pull", "--quiet");
    expect(git(checkout, "rev-list", "--count", `${image}..HEAD`)).toBe("6");

    expect(await makeRepositories(folder)).toEqual({ made: false, commitsBehind: 6 });
    expect(git(checkout, "rev-parse", "HEAD")).toBe(image);
    expect(git(checkout, "status", "--short")).toBe("");
    rmSync(origin, { recursive: true });
    await makeRepositories(folder);
    expect(git(origin, "rev-parse", "main", "feature/price-rules")).toBe(made);
  });

  it("hold some hundred files, two branches, a tool of their own and a start hook", () => {
    const files = git(origin, "ls-tree", "-r", "--name-only", "feature/price-rules").split("\n");
    expect(files.length).toBeGreaterThan(200);
    expect(files).toEqual(
      expect.arrayContaining([
        ".opencode/command/review-prices.md",
        ".opencode/tool/shop_modules.js",
        ".openinspect/start.sh",
      ]),
    );
    expect(git(origin, "ls-tree", "-r", "--name-only", "main")).not.toContain("review-prices");
    expect(git(origin, "branch", "--format=%(refname:short)").split("\n")).toEqual([
      "feature/price-rules",
      "main",
    ]);
  });

  it("start.sh writes what git ignores", () => {
    execFileSync(join(checkout, ".openinspect/start.sh"), { stdio: "pipe" });
    expect(git(checkout, "status", "--short")).toBe("");
    const ignored = git(checkout, "ls-files", "--others", "--ignored", "--exclude-standard");
    expect(ignored.split("\n").sort()).toEqual(["config/local.json", "opencode.json"]);
  });

  it("are left alone while a sandbox runs on them", async () => {
    const server = createServer().listen(socket);
    try {
      await expect(makeRepositories(folder, socket)).rejects.toThrow("running already");
    } finally {
      server.close();
    }
  });
});

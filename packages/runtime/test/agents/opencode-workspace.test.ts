import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { linkWorkspaceDependencies } from "../../src/agents/opencode-workspace.ts";
import { CHECKOUT_KINDS, checkoutOf } from "../support/checkouts.ts";
import { git, writeFiles } from "../support/git.ts";

describe("the agent's dependencies in a repository's config folder", () => {
  it.each(CHECKOUT_KINDS)("are linked out of git's sight in a %s", async (kind) => {
    const { folder, checkout } = await checkoutOf(kind, {
      ".opencode/command/hello.md": "Hello\n",
    });
    const staged = join(folder, "staged");
    await writeFiles(staged, { "package.json": "{}", "package-lock.json": "{}" });
    await mkdir(join(staged, "node_modules"));
    const { signal } = new AbortController();

    const [first] = linkWorkspaceDependencies(staged, checkout, signal);
    expect(first?.result).toBe("linked");
    expect(await git(checkout, "status", "--porcelain", "--untracked-files=all")).toBe("");
    const [second] = linkWorkspaceDependencies(staged, checkout, signal);
    expect(second?.result).toBe("present");
  });
});

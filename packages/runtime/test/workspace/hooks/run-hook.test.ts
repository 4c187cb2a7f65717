import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { NO_GRACE } from "../../../src/process/grace.ts";
import { runHook } from "../../../src/workspace/hooks/run-hook.ts";
import { bareEnv } from "../../support/bare-env.ts";
import { scratchFolder } from "../../support/scratch.ts";

const never = new AbortController().signal;

function startHookIn(path: string) {
  return runHook({
    kind: "start",
    repository: {
      name: "demo",
      url: "",
      branch: null,
      path,
      primary: true,
      depth: null,
      filter: null,
      submodules: false,
      lfs: false,
    },
    script: "start.sh",
    shell: "auto",
    timeoutMs: 60_000,
    env: bareEnv(),
    signal: never,
    grace: NO_GRACE,
    onLine: () => {},
    onSurvivors: () => {},
  });
}

describe("a hook whose script", () => {
  it("does not exist is absent", async () => {
    expect(await startHookIn(await scratchFolder())).toEqual({ id: "absent" });
  });

  it.each<[what: string, make: (path: string) => Promise<unknown>, message: string]>([
    ["is a folder", (path) => mkdir(path), "is not a file"],
    ["is a named pipe", (path) => execa("mkfifo", [path]), "is not a file"],
    [
      "is a link to itself",
      (path) => symlink(path, path),
      "cannot be read: its symbolic links lead in a circle (ELOOP)",
    ],
  ])("%s fails, and the failure names the script", async (_, make, message) => {
    const folder = await scratchFolder();
    const script = join(folder, "start.sh");
    await make(script);
    await expect(startHookIn(folder)).rejects.toMatchObject({
      failure: { code: "hook-failed", message: expect.stringContaining(`${script} ${message}`) },
    });
  });
});

import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { expect } from "vitest";
import type { ModelServer } from "../../../../test/support/model-server/model-server.ts";
import type { Sandbox } from "./sandbox.ts";

/** Nothing tells of the warm-up but lines in the agent's log. The workspace has heard prompts with `Hello?` in them. */
export async function expectNothingOfDecoy(sandbox: Sandbox, model: ModelServer): Promise<void> {
  const of = async (path: string) => JSON.parse((await sandbox.ask(path)).body);
  const sessions: { directory: string }[] = await of("/session");
  expect(sessions.map(({ directory }) => directory)).toEqual([sandbox.repository]);
  // OpenCode's own record of all that has no history.
  const projects: { id: string; worktree: string }[] = await of("/project");
  expect(projects.filter(({ id }) => id !== "global")).toMatchObject([
    { worktree: sandbox.repository },
  ]);
  // A decoy that is cut off early enough leaves no such record.
  for (const { worktree } of projects.filter(({ id }) => id === "global")) {
    expect(worktree).toBe("/");
  }
  for (const path of ["/config/providers", "/provider"]) {
    const providers = JSON.stringify(await of(path));
    expect(providers).toContain('"stand-in"');
    expect(providers).not.toContain("sandboot");
  }

  expect(existsSync(join(sandbox.folder, "state/decoy"))).toBe(false);
  const data = join(sandbox.home, ".local/share/opencode");
  const snapshots = await readdir(join(data, "snapshot"));
  expect(snapshots).toEqual(projects.filter(({ id }) => id !== "global").map(({ id }) => id));
  const files = await readdir(data, { recursive: true, withFileTypes: true });
  const names = files.flatMap((file) => (file.isFile() ? join(file.parentPath, file.name) : []));
  const ofOpenCode = /^(log|snapshot|opencode\.db|auth\.json$)/;
  expect(names.filter((name) => !ofOpenCode.test(relative(data, name)))).toEqual([]);
  const logs = await readdir(join(data, "log"));
  for (const name of logs) {
    expect(await readFile(join(data, "log", name), "utf8")).not.toContain("This prompt is");
  }
  // The user's model has heard of the user's prompts only.
  for (const { body } of model.requests) {
    expect(JSON.stringify(body)).toContain("Hello?");
  }
}

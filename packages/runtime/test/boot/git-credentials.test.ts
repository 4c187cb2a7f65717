import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { processClock } from "../../src/base/clock.ts";
import { PresentConfig } from "../../src/boot/adopt/present-config.ts";
import { GitCredentials } from "../../src/boot/git-credentials.ts";
import { loadConfig } from "../../src/config/load.ts";
import { EventBus } from "../../src/observe/events/bus.ts";
import { scratchFolder } from "../support/scratch.ts";

it("a sandbox without credentials of git removes what is in the place of their file", async () => {
  const cwd = await scratchFolder();
  const config = await loadConfig({ cwd, env: {} });
  mkdirSync(join(config.stateDir, "git-credentials.json/a"), { recursive: true });
  const credentials = new GitCredentials({
    present: new PresentConfig(config),
    bus: new EventBus({ clock: processClock, redact: (value) => value }),
    load: () => expect.unreachable("it has none"),
    program: ["sandboot"],
  });
  credentials.begin();
  await credentials[Symbol.asyncDispose]();
  expect(readdirSync(config.stateDir)).toEqual([]);
});

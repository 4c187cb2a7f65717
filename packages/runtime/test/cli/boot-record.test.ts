import { join } from "node:path";
import { expect, it } from "vitest";
import { processClock } from "../../src/base/clock.ts";
import { BootRecord } from "../../src/cli/boot-record.ts";
import type { Config } from "../../src/config/config.ts";
import { EventBus } from "../../src/observe/events/bus.ts";
import { readHistory } from "../../src/report/history/store.ts";
import { scratchFolder } from "../support/scratch.ts";
import { bootStarted } from "../support/status.ts";

const failed = {
  id: "failed",
  settled: new Map(),
  phase: "hook.start",
  failure: { code: "hook-failed", message: "start.sh failed" },
  readyByThen: [],
} as const;

it("a boot and its retries are one boot in the history, and an adopt is another", async () => {
  const stateDir = await scratchFolder();
  const bus = new EventBus({ clock: processClock, redact: (value) => value });
  bus.emit(bootStarted);
  const config = { stateDir, history: { keep: 9 } } as Config;
  const record = new BootRecord({ config, bus, file: null, trace: null });
  const paths: (string | null)[] = [];
  for (const isRetry of [false, true, true, false]) {
    paths.push(await record.keep(await record.begin(failed, isRetry)));
  }
  await record.ended();
  expect(paths).toEqual([paths[0], paths[0], paths[0], expect.not.stringMatching(`${paths[0]}`)]);
  expect(await readHistory(join(stateDir, "history"))).toHaveLength(2);
});

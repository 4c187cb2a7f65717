import { expect, it } from "vitest";
import { processClock } from "../../../src/base/clock.ts";
import { ProcessLog } from "../../../src/process/process-log.ts";
import { matchingLine } from "../../../src/process/readiness/log-line.ts";
import { isQuick } from "../../support/is-quick.ts";

const { signal } = new AbortController();

it("a line is matched without its colours, after lines that only begin sequences", async () => {
  const log = new ProcessLog({ clock: processClock });
  for (const beginning of ["\u001b]", "\u001b]8;;", "\u009d"]) {
    log.append("stdout", beginning.repeat(20_000));
  }
  log.append("stdout", "it \u001b[32mlistens on\u001b[0m http://x:1");
  let match: ReturnType<typeof matchingLine> | undefined;
  const look = () => {
    match = matchingLine({ log, logStart: 0 }, /listens on (?<url>\S+)/, signal);
  };
  expect(isQuick(look)).toBe(true);
  expect((await match)?.url).toBe("http://x:1");
});

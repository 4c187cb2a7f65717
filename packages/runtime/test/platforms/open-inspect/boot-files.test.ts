import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { BootFiles } from "../../../src/platforms/open-inspect/boot-files.ts";
import { scratchFolder } from "../../support/scratch.ts";

const WARNING = { scope: "start", message: "it is late" };

async function place() {
  const folder = await scratchFolder();
  const [warnings, events] = [join(folder, "warnings.jsonl"), join(folder, "events.jsonl")];
  const victim = join(folder, "victim");
  writeFileSync(victim, "theirs");
  return { warnings, events, victim };
}

describe("the files by which the bridge hears of a boot", () => {
  it.each([true, false])(
    "neither wait at a pipe nor follow a link (steps: %s)",
    async (hasSteps) => {
      const { warnings, events, victim } = await place();
      const files = new BootFiles({ warnings, events }, hasSteps);
      const path = hasSteps ? events : warnings;
      for (const make of [
        () => execFileSync("mkfifo", [path]),
        () => symlinkSync(victim, path),
        () => mkdirSync(path),
      ]) {
        rmSync(path, { recursive: true, force: true });
        make();
        expect(() => files.warn(WARNING)).toThrow();
      }
      expect(readFileSync(victim, "utf8")).toBe("theirs");
    },
  );

  it("begin anew, whatever is in their place", async () => {
    const { warnings, events, victim } = await place();
    mkdirSync(join(warnings, "a"), { recursive: true });
    symlinkSync(victim, events);
    const files = new BootFiles({ warnings, events }, true);
    files.warn(WARNING);
    expect(JSON.parse(readFileSync(events, "utf8"))).toMatchObject({ seq: 1, kind: "warning" });
    expect(readFileSync(victim, "utf8")).toBe("theirs");
  });
});

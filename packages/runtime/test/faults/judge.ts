import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { describe as describeRows } from "../../../../test/support/process-table.ts";
import { bootReportSchema, runtimeEventSchema } from "../../src/protocol/index.ts";
import type { Row } from "./row.ts";
import { listens, SECRET, World } from "./world.ts";

/** Left by Node itself for its next start, and by npm. */
const OF_OTHERS = /^(node-compile-cache)$/;

export interface Outcome {
  readonly fault: string;
  readonly ms: number;
  /** The longest time that `/livez` took, in milliseconds. */
  readonly longestMs: number;
}

/** A last resort: no row takes a minute on any machine, unless something hangs. */
const LONGEST_MS = 90_000;

/**
 * Boots a row and holds it to what it says, and to what holds for all rows.
 *
 * @throws also when it takes too long, with what the boot has told until then.
 */
export async function judgeInTime(row: Row): Promise<Outcome> {
  await using world = await World.create(row);
  const over = AbortSignal.timeout(row.isLong === true ? 10 * LONGEST_MS : LONGEST_MS);
  const late = new Promise<never>((_, reject) => {
    over.addEventListener("abort", () => {
      reject(new Error(`the row hangs, after ${world.lastEvents()}`));
    });
  });
  return await Promise.race([judge(row, world), late]);
}

async function judge(row: Row, world: World): Promise<Outcome> {
  const startedMs = performance.now();
  await row.before?.(world);
  const run = await world.boot();
  await row.during?.(world);
  if (row.end.id === "ready") {
    await run.until("boot.ready");
    await row.whenReady?.(world);
    world.run.signal("SIGTERM");
  }
  const last = world.run;
  const { exitCode, stderr } = await last.ended();
  const told = { exitCode, warnings: last.warnings(), stderr };
  expect(told, JSON.stringify(told, null, 2)).toMatchObject(endOf(row));
  if (row.end.id === "fatal") expectFailure(world, row.end.code);
  if (row.end.id === "refused") expect(last.events).toEqual([]);
  else await expectParses(row, world);

  expect(last.strange, "lines of stdout that are no events").toEqual([]);
  expect(last.liveness.unanswered, "polls that the main thread did not answer").toBe(0);
  const left = world.left();
  expect(left, `processes are left:\n${describeRows(left)}`).toEqual([]);
  for (const port of [world.agentPort, world.bridgePort]) {
    if (!world.heldPorts.has(port)) expect(await listens(port), `${port} listens`).toBe(false);
  }
  expect(mountsIn(world.folder), "mounts").toEqual([]);
  const residue = (await readdir(world.tmp)).filter(
    (name) => !OF_OTHERS.test(name) && row.leaves?.test(name) !== true,
  );
  expect(residue, "temporary files").toEqual([]);
  expect(JSON.stringify(last.events) + stderr, "a secret").not.toContain(SECRET);
  expect(filesWith(SECRET, world.state), "files with a secret").toEqual([]);
  await row.after?.(world);
  const { longestMs } = last.liveness;
  return { fault: row.fault, ms: performance.now() - startedMs, longestMs };
}

function endOf({ end }: Row): object {
  switch (end.id) {
    case "ready":
      return { exitCode: 0, warnings: expect.toSatisfy(sameMembers(end.warnings)) };
    case "fatal":
      return { exitCode: 1, ...(end.says !== null && { stderr: expect.stringMatching(end.says) }) };
    case "refused":
      return { exitCode: 2, stderr: expect.stringMatching(end.says) };
    case "interrupted":
      return { exitCode: end.exitCode };
    default:
      return end satisfies never;
  }
}

/** Each code as often as it is expected, or more often: a warning may come once for each repository. */
function sameMembers(expected: readonly string[]): (found: readonly string[]) => boolean {
  return (found) =>
    [...new Set(found)].toSorted().join() === [...new Set(expected)].toSorted().join();
}

function expectFailure({ run, reportFile }: World, code: string): void {
  const failed = run.events.findLast((event) => event.type === "boot.failed");
  expect(failed, JSON.stringify(failed)).toMatchObject({ failure: { code } });
  const report = bootReportSchema.parse(JSON.parse(readFileSync(reportFile, "utf8")));
  expect(report.fatal).toMatchObject({ failure: { code } });
}

/** The event log and the report are what their schemas say. */
async function expectParses(row: Row, { state, reportFile, run }: World): Promise<void> {
  const log = await readFile(join(state, "events.jsonl"), "utf8").catch(() => "");
  for (const line of log.split("\n").filter((text) => text !== "")) {
    runtimeEventSchema.parse(JSON.parse(line));
  }
  if (!run.events.some(({ type }) => type === "boot.ready" || type === "boot.failed")) return;
  const hasReport = row.hasNoReport !== true;
  expect(existsSync(reportFile), "a report").toBe(hasReport);
  if (hasReport) bootReportSchema.parse(JSON.parse(await readFile(reportFile, "utf8")));
}

function mountsIn(folder: string): string[] {
  return readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .filter((line) => line.includes(folder));
}

const LARGEST_BYTES = 4_000_000;

function filesWith(secret: string, folder: string): string[] {
  let names: string[];
  try {
    names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  } catch {
    return [];
  }
  return names.filter((name) => {
    const path = join(folder, name);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isFile() !== true || stat.size > LARGEST_BYTES) return false;
    return readFileSync(path, "latin1").includes(secret);
  });
}

import { readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readHistory, recordBoot, replaceRecord } from "../../../src/report/history/store.ts";
import { reportOf } from "../../support/reports.ts";
import { scratchFolder } from "../../support/scratch.ts";

const bootAt = (minute: number) =>
  reportOf({ phases: [], startedAt: `2026-01-01T00:${String(minute).padStart(2, "0")}:00.000Z` });

describe("history of boots", () => {
  it("gives back what was put on record, oldest first, whatever the order of recording", async () => {
    const folder = join(await scratchFolder(), "history");
    for (const minute of [2, 0, 1]) await recordBoot(folder, bootAt(minute), { keep: 10 });
    const boots = await readHistory(folder);
    expect(boots.map(({ report }) => report)).toEqual([bootAt(0), bootAt(1), bootAt(2)]);
  });

  it("keeps the newest and forgets the others", async () => {
    const folder = join(await scratchFolder(), "history");
    for (const minute of [0, 1, 2, 3]) await recordBoot(folder, bootAt(minute), { keep: 2 });
    const boots = await readHistory(folder);
    expect(boots.map(({ report }) => report.startedAt)).toEqual([
      bootAt(2).startedAt,
      bootAt(3).startedAt,
    ]);
    expect(await readdir(folder)).toHaveLength(2);
  });

  it("an adopt comes after its seed, whose process started at the same moment", async () => {
    const folder = await scratchFolder();
    const seed = reportOf({ mode: "seed", phases: [{ id: "a", ran: [0, 9] }] });
    const adopted = reportOf({ mode: "seed", phases: [{ id: "a", ran: [0, 10_000] }] });
    await Promise.all([adopted, seed].map((report) => recordBoot(folder, report, { keep: 9 })));
    expect((await readHistory(folder)).map(({ report }) => report)).toEqual([seed, adopted]);
  });

  it("two boots of the same moment do not overwrite each other", async () => {
    const folder = await scratchFolder();
    await Promise.all([1, 1, 1].map((minute) => recordBoot(folder, bootAt(minute), { keep: 10 })));
    expect(await readHistory(folder)).toHaveLength(3);
  });

  it("more of a boot takes the place of what was there: it is on record once", async () => {
    const folder = await scratchFolder();
    const path = await recordBoot(folder, bootAt(1), { keep: 10 });
    const whole = { ...bootAt(1), readyMs: 7 };
    await replaceRecord(path, whole);
    expect(await readHistory(folder)).toEqual([{ path, report: whole }]);
    expect(await readdir(folder)).toHaveLength(1);
  });

  it("passes over what is no report, and leaves what is not its own", async () => {
    const folder = await scratchFolder();
    const path = await recordBoot(folder, bootAt(1), { keep: 1 });
    await writeFile(path.replace("T0001", "T0000"), '{"half": ');
    await writeFile(join(folder, "notes.txt"), "mine");
    expect(await readHistory(folder)).toHaveLength(1);
    await recordBoot(folder, bootAt(2), { keep: 1 });
    expect(await readdir(folder)).toContain("notes.txt");
  });

  it("is for its owner only: reports hold paths and output", async () => {
    const folder = join(await scratchFolder(), "history");
    const path = await recordBoot(folder, bootAt(1), { keep: 5 });
    expect((await stat(path)).mode & 0o077).toBe(0);
    expect((await stat(folder)).mode & 0o077).toBe(0);
  });

  it("has nothing before the first boot", async () => {
    expect(await readHistory(join(await scratchFolder(), "history"))).toEqual([]);
  });
});

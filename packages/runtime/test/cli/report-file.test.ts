import { lstat, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { ReportFile } from "../../src/cli/report-file.ts";
import { reportOf } from "../support/reports.ts";
import { scratchFolder } from "../support/scratch.ts";

const [first, second] = [10, 20].map((endMs) =>
  reportOf({ phases: [{ id: "a", ran: [0, endMs] }] }),
);
if (first === undefined || second === undefined) throw new Error("unreachable");

const read = async (path: string) => JSON.parse(await readFile(path, "utf8"));

describe("the file of --report", () => {
  it("is created with its folders, has the newest report, and leaves no other files", async () => {
    const folder = join(await scratchFolder(), "new/folder");
    const file = new ReportFile(join(folder, "boot.json"));
    await file.write(first);
    expect(await read(join(folder, "boot.json"))).toEqual(first);
    await file.write(second);
    expect(await read(join(folder, "boot.json"))).toEqual(second);
    expect(await readdir(folder)).toEqual(["boot.json"]);
  });

  it("that is a link is replaced at the link's target", async () => {
    const folder = await scratchFolder();
    const [link, target] = [join(folder, "link"), join(folder, "target")];
    await writeFile(target, "old");
    await symlink(target, link);
    await new ReportFile(link).write(first);
    expect((await lstat(link)).isSymbolicLink()).toBe(true);
    expect(await read(target)).toEqual(first);
  });

  it("that cannot be written is refused as bad input at the start, and the flag is named", async () => {
    const folder = await scratchFolder();
    const file = join(folder, "file");
    await writeFile(file, "");
    const refusal = "command line: --report: expected a file that can be written, found";
    expect(() => new ReportFile(folder)).toThrow(`${refusal} a folder, ${folder}`);
    expect(() => new ReportFile(join(file, "boot.json"))).toThrow(
      `${refusal} ${file}: a file is in the folder's place`,
    );
  });

  it("that can no longer be written at the end is bad input, too", async () => {
    const folder = join(await scratchFolder(), "folder");
    const file = new ReportFile(join(folder, "boot.json"));
    await rm(folder, { recursive: true });
    await writeFile(folder, "");
    await expect(file.write(first)).rejects.toThrow("command line: --report: expected a file");
  });

  it("is written nowhere else, where somebody has put a link in the place of its temporary file", async () => {
    const folder = await scratchFolder();
    const [path, theirs] = [join(folder, "boot.json"), join(folder, "theirs")];
    await writeFile(theirs, "theirs");
    await symlink(theirs, `${path}.new`);
    await new ReportFile(path).write(first);
    expect(await readFile(theirs, "utf8")).toBe("theirs");
    expect(await read(path)).toEqual(first);
  });

  it("in a folder that takes no other is refused at once", () => {
    expect(() => new ReportFile("/proc/self/x/boot.json")).toThrow("command line: --report");
  });

  it("in whose place somebody has put a pipe that nobody reads holds up nothing", async () => {
    const path = join(await scratchFolder(), "boot.json");
    const file = new ReportFile(path, 100);
    await execa("mkfifo", [path]);
    await expect(file.write(first)).rejects.toThrow("found a pipe that nobody reads");
  });

  it("that is a pipe gets the first report, and stays a pipe", async () => {
    const folder = await scratchFolder();
    const pipe = join(folder, "pipe");
    await execa("mkfifo", [pipe]);
    const reader = execa("cat", [pipe]);
    const file = new ReportFile(pipe);
    await file.write(first);
    await file.write(second);
    expect(JSON.parse((await reader).stdout)).toEqual(first);
    expect((await lstat(pipe)).isFIFO()).toBe(true);
  });

  it("is written in place when no file can be created beside it", async () => {
    const folder = await scratchFolder();
    const path = join(folder, "boot.json");
    await writeFile(path, "");
    // A folder has the name of the temporary file, so not even root can create it.
    await execa("mkdir", [`${path}.new`]);
    await new ReportFile(path).write(first);
    expect(await read(path)).toEqual(first);
  });
});

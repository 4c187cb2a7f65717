import { mkdir, readdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { replaceFile } from "../../src/base/text-file.ts";
import { unfinishedName } from "../../src/base/unfinished.ts";
import { recordBoot } from "../../src/report/history/store.ts";
import { unpackVsix } from "../../src/sidecars/vsix.ts";
import { reportOf } from "../support/reports.ts";
import { scratchFolder } from "../support/scratch.ts";
import { zipOf } from "../support/zip.ts";

const anHourAgo = new Date(Date.now() - 3_600_000);

/** As a process leaves it that is killed while it makes the file or folder. */
async function abandon(path: string, { asFolder = false } = {}): Promise<void> {
  const left = unfinishedName(path);
  if (asFolder) await mkdir(left, { recursive: true });
  else await writeFile(left, "{");
  await utimes(left, anHourAgo, anHourAgo);
}

it("a file that is replaced leaves nothing behind, however often its writers were killed", async () => {
  const folder = await scratchFolder();
  const path = join(folder, "auth.json");
  for (let count = 0; count < 3; count++) await abandon(path);
  const others = ["auth.json.new", "auth.json.old.new", "notes.txt"];
  for (const name of others) await writeFile(join(folder, name), "");
  const underWay = unfinishedName("auth.json");
  await writeFile(join(folder, underWay), "");
  await abandon(join(folder, "other.json"));
  await replaceFile(path, "{}");
  const left = await readdir(folder);
  expect(left).toEqual(expect.arrayContaining(["auth.json", underWay, ...others]));
  // That of the other file is left to it.
  expect(left).toHaveLength(6);
});

it("the history removes what is unfinished of all boots: no other boot has the same file", async () => {
  const folder = await scratchFolder();
  await abandon(join(folder, "20260101T000000000Z-000000000001-0123abcd.json"));
  await recordBoot(folder, reportOf({ readyMs: 1, phases: [] }), { keep: 5 });
  expect(await readdir(folder)).toHaveLength(1);
});

it("so does the store of unpacked extensions", async () => {
  const folder = await scratchFolder();
  const [vsix, store] = [join(folder, "prices.vsix"), join(folder, "store")];
  await writeFile(vsix, zipOf({ "extension/package.json": "{}" }));
  await abandon(join(store, ".prices-of-an-older-image"), { asFolder: true });
  await unpackVsix(vsix, store);
  expect(await readdir(store)).toHaveLength(1);
});

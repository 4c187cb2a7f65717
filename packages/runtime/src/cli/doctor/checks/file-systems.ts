import { constants, copyFile, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Check } from "../check.ts";
import { isWritable, nearestExisting } from "../folders.ts";

/** How the stage can be put in place: always by links, and by reflink copies where the file system can share blocks. */
export const fileSystems: Check = {
  id: "file systems",
  run: async ({ config }) => {
    if (config.stage === null) return [];
    const from = await nearestExisting(config.stage.dir);
    const to = await nearestExisting(config.stageTarget);
    const across = (await stat(from)).dev !== (await stat(to)).dev;
    const where = across
      ? "stage and target are on different file systems"
      : "stage and target share a file system";
    if (!(await isWritable(to))) {
      const message = `${config.stageTarget} cannot be created in ${to}`;
      return [{ status: "fail", message, hint: "set stage.target to a folder that is writable" }];
    }
    const reflink = await canReflink(to);
    const how = reflink
      ? "copies share blocks (reflink)"
      : `copies take time and space (no reflink${across ? ", no hard links" : ""}); links do not`;
    return [{ status: "ok", message: `${where}; ${how}` }];
  },
};

async function canReflink(folder: string): Promise<boolean> {
  const scratch = await mkdtemp(join(folder, ".sandboot-doctor-"));
  try {
    const file = join(scratch, "a");
    await writeFile(file, "x".repeat(4096));
    await copyFile(file, join(scratch, "b"), constants.COPYFILE_FICLONE_FORCE);
    return true;
  } catch {
    return false;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

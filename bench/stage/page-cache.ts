import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

export type PageCache = "warm" | "dropped";

const DROP_CACHES = "/proc/sys/vm/drop_caches";

/**
 * Lets the disk come to rest, so that nobody pays for what the one before wrote; and forgets what was read, if asked to.
 *
 * @see https://www.kernel.org/doc/html/latest/admin-guide/sysctl/vm.html#drop-caches
 */
export async function settle(pageCache: PageCache): Promise<void> {
  await run("sync");
  if (pageCache === "dropped") await writeFile(DROP_CACHES, "3");
}

/** Whether we may drop the page cache: root outside of most containers. */
export async function mayDropPageCache(): Promise<boolean> {
  return writeFile(DROP_CACHES, "1").then(
    () => true,
    () => false,
  );
}

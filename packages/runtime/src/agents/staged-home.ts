import { chmodSync, constants, copyFileSync, lstatSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "@sandboot/stager";

const OWNER_MAY_WRITE = 0o200;

/**
 * Puts files of the stage into the agent's home: its configuration, its skills. A file that is there already stays. They are
 * copies that can be written, because agents write into their own configuration.
 *
 * @throws errors of the file system.
 */
export function fillHome(staged: string, home: string): void {
  for (const name of namesIn(staged)) {
    const [from, to] = [join(staged, name), join(home, name)];
    const source = statSync(from);
    if (source.isDirectory()) {
      if (isFree(to)) makeFolder(to);
      if (statSync(to, { throwIfNoEntry: false })?.isDirectory() === true) fillHome(from, to);
    } else if (isFree(to)) {
      copyFileSync(from, to, constants.COPYFILE_EXCL);
      chmodSync(to, source.mode | OWNER_MAY_WRITE);
    }
  }
}

function isFree(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) === undefined;
}

function namesIn(folder: string): readonly string[] {
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true
    ? readdirSync(folder)
    : [];
}

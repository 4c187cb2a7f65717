import { type FSWatcher, statSync, watch } from "node:fs";
import { basename, dirname } from "node:path";

/**
 * Hears of a file, or of a folder on the way to it, that comes into being: a runtime's socket. The file system tells;
 * nobody asks. Where it cannot be watched nothing is heard, and whoever waits must look again by himself.
 *
 * @param onAppear Called also when what was there goes or is replaced.
 * @returns The call that ends it.
 */
export function watchForAppearance(paths: readonly string[], onAppear: () => void): () => void {
  const watchers: FSWatcher[] = [];
  const end = () => {
    for (const watcher of watchers.splice(0)) watcher.close();
  };
  for (const path of paths) {
    const { folder, name } = nearestFolder(path);
    try {
      const watcher = watch(folder, { persistent: false }, (_event, changed) => {
        if (changed !== null && changed !== name) return;
        end();
        onAppear();
      });
      watcher.on("error", () => watcher.close());
      watchers.push(watcher);
      // Another process may have made the next folder in between.
      if (nearestFolder(path).folder !== folder) onAppear();
    } catch {
      // Not allowed, or no watches are left.
    }
  }
  return end;
}

/** The folder nearest to `path` that is there, and the name in it that leads on to `path`. */
function nearestFolder(path: string): { readonly folder: string; readonly name: string } {
  const folder = dirname(path);
  const there = statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;
  return there || folder === path ? { folder, name: basename(path) } : nearestFolder(folder);
}

import { type FSWatcher, statSync, watch } from "node:fs";
import { basename, dirname } from "node:path";

/**
 * Watches for files to appear: a runtime's socket. While a file's folder is missing, it watches the nearest folder above
 * it. There is no polling: where a folder cannot be watched, nothing is reported, so callers must also look themselves.
 *
 * @param onAppear - Also called when a file is removed or replaced.
 * @returns A function that ends it.
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
      // Another process may have made the next folder before the watch began.
      if (nearestFolder(path).folder !== folder) onAppear();
    } catch {
      // Not permitted, or the limit of watches is reached.
    }
  }
  return end;
}

/** The nearest existing folder above `path`, and the name in it that leads to `path`. */
function nearestFolder(path: string): { readonly folder: string; readonly name: string } {
  const folder = dirname(path);
  const there = statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;
  return there || folder === path ? { folder, name: basename(path) } : nearestFolder(folder);
}

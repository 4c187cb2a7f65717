import picomatch from "picomatch";

/**
 * Makes a filter from an entry's `exclude`. A glob without a slash matches names at any depth. A glob with a slash matches
 * paths relative to the matched folder. An excluded folder is excluded with everything in it.
 */
export function excluder(globs: readonly string[]): (path: string) => boolean {
  const matchers = globs.map((written) => {
    // As in .gitignore: `secrets/` is a name, `/secrets` is a path.
    const glob = written.replace(/\/+$/, "");
    return picomatch(glob.replace(/^\/+/, ""), { dot: true, basename: !glob.includes("/") });
  });
  return (path) => {
    const parts = path.split("/");
    return parts.some((_, index) => {
      const upTo = parts.slice(0, index + 1).join("/");
      return matchers.some((matches) => matches(upTo));
    });
  };
}

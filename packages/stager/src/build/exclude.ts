import picomatch from "picomatch";

/**
 * Makes a filter of an entry's `exclude`. A glob without a slash is of a name, at any depth; one with a slash is of a path
 * below what matched. A folder that is excluded takes with it what is in it.
 */
export function excluder(globs: readonly string[]): (path: string) => boolean {
  const matchers = globs.map((written) => {
    // As .gitignore has them: `secrets/` is a name, `/secrets` a path.
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

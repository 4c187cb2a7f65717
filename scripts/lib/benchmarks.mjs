import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The benchmarks: every folder with a `main.ts`. The comment that this file begins with says what is measured, up to the
 * line with its command.
 *
 * @param {string} folder `bench`
 * @returns {{ name: string, main: string, about: string }[]}
 */
export function benchmarksIn(folder) {
  return readdirSync(folder)
    .map((name) => ({ name, main: join(folder, name, "main.ts") }))
    .filter(({ main }) => existsSync(main))
    .map(({ name, main }) => ({ name, main, about: aboutOf(readFileSync(main, "utf8")) }));
}

/** @param {string} source */
function aboutOf(source) {
  const lines = source.split("\n");
  const end = lines.findIndex((line) => !line.startsWith("// ") || line.startsWith("// `npm run"));
  return lines
    .slice(0, end)
    .map((line) => line.slice(3))
    .join(" ");
}

import type { InputProblem } from "../base/failure.ts";

/** Far more than any configuration needs, and few enough for every function that calls itself. */
const DEEPEST = 64;

export const TOO_DEEP = {
  expected: `JSON that is nested at most ${DEEPEST} deep`,
  found: "deeper JSON",
} as const;

/** JavaScript means an object's prototype by it, and a schema leaves it out without a word. */
const NO_NAME = { expected: "another name: this one cannot be used", found: "a value" } as const;

/**
 * What is wrong with a value whatever its schema: it is nested so deep that working on it would use up the stack, a text in it
 * holds a zero byte, which ends a path or an argument for the operating system, or a key is `__proto__`. Calls no function of its own.
 *
 * @param source - For the problems.
 * @param key - Of the value itself; empty for a whole file.
 */
export function problemsOfJson(value: unknown, source: string, key = ""): InputProblem[] {
  const problems: InputProblem[] = [];
  const left: { value: unknown; key: string; depth: number }[] = [{ value, key, depth: 0 }];
  for (let one = left.pop(); one !== undefined; one = left.pop()) {
    const { value: found, key: path, depth } = one;
    if (typeof found === "string" && found.includes("\0")) {
      const expected = "text without a zero byte";
      problems.push({ source, key: path, expected, found: "a string with one" });
    }
    if (typeof found !== "object" || found === null) continue;
    if (depth === DEEPEST) {
      problems.push({ source, key: path.split(".")[0] ?? "", ...TOO_DEEP });
      break;
    }
    for (const [name, inner] of Object.entries(found)) {
      const at = path === "" ? name : `${path}.${name}`;
      if (name === "__proto__") problems.push({ source, key: at, ...NO_NAME });
      left.push({ value: inner, key: at, depth: depth + 1 });
    }
  }
  return problems;
}

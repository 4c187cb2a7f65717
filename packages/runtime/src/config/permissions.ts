import { isObject } from "../base/is-object.ts";

/** What OpenCode may do with a tool, or with one use of it. */
export type Action = "allow" | "ask" | "deny";

/**
 * One rule of OpenCode's permissions: a pattern for names of tools, one for what they are used on, and what holds for both.
 * Of several rules that fit, the last one holds.
 *
 * @see https://opencode.ai/docs/permissions
 */
export interface Rule {
  readonly tool: string;
  readonly pattern: string;
  readonly action: Action;
}

const STRICTNESS: Readonly<Record<Action, number>> = { allow: 0, ask: 1, deny: 2 };

/** The rules in a `permission` of OpenCode's configuration. What is no rule is left out. */
export function rulesOf(permission: unknown): Rule[] {
  if (isAction(permission)) return [{ tool: "*", pattern: "*", action: permission }];
  return entriesOf(permission).flatMap(([tool, value]) => {
    if (isAction(value)) return [{ tool, pattern: "*", action: value }];
    return entriesOf(value).flatMap(([pattern, action]) =>
      isAction(action) ? [{ tool, pattern, action }] : [],
    );
  });
}

/** The rules in `tools`, the older way to say it: `{ "bash": false }`. OpenCode puts them before the permissions. */
export function rulesOfTools(tools: unknown): Rule[] {
  return entriesOf(tools).map(([name, isOn]) => ({
    tool: EDITS.has(name) ? "edit" : name,
    pattern: "*",
    action: isOn === false ? "deny" : "allow",
  }));
}

const EDITS = new Set(["write", "edit", "patch"]);

/**
 * Permissions that allow nothing which one of the two does not: for each use of a tool the stricter answer of both. An answer
 * that only one of them has is taken as it is.
 *
 * It is exact as long as patterns are equal, apart, or one within the other, which is nearly always. Where they cross
 * (`* --force`, `git *`), the stricter rule holds for everything that either fits.
 */
export function stricter(a: readonly Rule[], b: readonly Rule[]): Record<string, unknown> {
  const tools = [...new Set([...a, ...b].map(({ tool }) => tool))].sort(widestFirst);
  return Object.fromEntries(
    tools.map((tool) => {
      const rules = stricterFor(rulesFor(tool, a), rulesFor(tool, b));
      const [only] = rules;
      if (rules.length === 1 && only?.pattern === "*") return [tool, only.action];
      return [tool, Object.fromEntries(rules.map(({ pattern, action }) => [pattern, action]))];
    }),
  );
}

type Use = Omit<Rule, "tool">;

/** The rules that can hold for every tool that a pattern fits, in order. */
function rulesFor(tool: string, rules: readonly Rule[]): Use[] {
  return rules.filter((rule) => {
    if (covers(rule.tool, tool)) return true;
    // Tool patterns that cross: what such a rule allows may be meant for other tools.
    return rule.action !== "allow" && common(rule.tool, tool) === "some";
  });
}

function stricterFor(a: readonly Use[], b: readonly Use[]): Use[] {
  const rules: Use[] = [...a];
  for (const rule of b) {
    rules.push(rule);
    for (const other of a) {
      const pattern = common(rule.pattern, other.pattern);
      if (pattern === "some") return strictestLast([...a, ...b]);
      if (pattern !== null) rules.push({ pattern: pattern.all, action: strictest(rule, other) });
    }
  }
  return lastOfEach(rules);
}

/** The strictest of all rules that fit holds then. */
function strictestLast(rules: readonly Use[]): Use[] {
  return lastOfEach(rules.toSorted((a, b) => STRICTNESS[a.action] - STRICTNESS[b.action]));
}

function strictest(a: Use, b: Use): Action {
  return STRICTNESS[a.action] >= STRICTNESS[b.action] ? a.action : b.action;
}

/** A rule whose pattern comes again later never holds. */
function lastOfEach(rules: readonly Use[]): Use[] {
  return rules.filter(
    ({ pattern }, index) => !rules.slice(index + 1).some((later) => later.pattern === pattern),
  );
}

/** What two patterns both fit: a pattern for all of it, null for nothing, or `some` when no pattern says it. */
function common(a: string, b: string): { readonly all: string } | null | "some" {
  if (covers(a, b)) return { all: b };
  if (covers(b, a)) return { all: a };
  const isApart = !startFits(a, b) || !endFits(a, b) || !(isWild(a) || isWild(b));
  return isApart || !(isWild(a) && isWild(b)) ? null : "some";
}

/** Whether everything that `inner` fits is what `outer` fits, too. May say no where it is so. */
function covers(outer: string, inner: string): boolean {
  if (outer === inner || outer === "*") return true;
  if (!isWild(inner)) return fits(outer, inner);
  const start = outer.slice(0, -1);
  return outer.endsWith("*") && !isWild(start) && startOf(inner).startsWith(start);
}

/** As OpenCode matches: `*` is any text and `?` any character, and a `*` at the end that follows a space is optional. */
function fits(pattern: string, text: string): boolean {
  return (
    fitsWhole(pattern, text) || (pattern.endsWith(" *") && fitsWhole(pattern.slice(0, -2), text))
  );
}

/**
 * Only the last `*` so far ever takes more: what an earlier one would take in its place, the last one can. So the time is that of
 * the two lengths multiplied. A regular expression with twenty `.*` would take for ever.
 */
function fitsWhole(pattern: string, text: string): boolean {
  let at = 0;
  let star = -1;
  let starTakesTo = 0;
  for (let end = 0; end < text.length; ) {
    const sign = pattern[at];
    if (sign === "*") {
      star = at;
      starTakesTo = end;
      at += 1;
    } else if (sign === "?" || (sign !== undefined && sign === text[end])) {
      at += 1;
      end += 1;
    } else if (star >= 0) {
      starTakesTo += 1;
      at = star + 1;
      end = starTakesTo;
    } else return false;
  }
  return /^\**$/.test(pattern.slice(at));
}

function isWild(pattern: string): boolean {
  return /[*?]/.test(pattern);
}

/** The text that everything begins with that a pattern fits. */
function startOf(pattern: string): string {
  const start = /^[^*?]*/.exec(pattern)?.[0] ?? "";
  return start.length === pattern.length - 1 ? start.replace(/ $/, "") : start;
}

function endOf(pattern: string): string {
  return / \*$/.test(pattern) ? "" : (/[^*?]*$/.exec(pattern)?.[0] ?? "");
}

function startFits(a: string, b: string): boolean {
  const [one, other] = [startOf(a), startOf(b)];
  return one.startsWith(other) || other.startsWith(one);
}

function endFits(a: string, b: string): boolean {
  const [one, other] = [endOf(a), endOf(b)];
  return one.endsWith(other) || other.endsWith(one);
}

/** Patterns before names, and of patterns the one that fits more first: so what is said of a tool by its name comes last. */
function widestFirst(a: string, b: string): number {
  if (isWild(a) !== isWild(b)) return isWild(a) ? -1 : 1;
  return startOf(a).length - startOf(b).length || (a < b ? -1 : 1);
}

function isAction(value: unknown): value is Action {
  return value === "allow" || value === "ask" || value === "deny";
}

function entriesOf(value: unknown): [string, unknown][] {
  return isObject(value) ? Object.entries(value) : [];
}

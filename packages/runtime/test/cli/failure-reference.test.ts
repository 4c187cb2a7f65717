import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { httpStatusOf } from "../../src/base/http-status.ts";
import { exitCodes } from "../../src/cli/exit-codes.ts";
import {
  exitCodeOf,
  exitReference,
  failureReference,
  type Reference,
  warningReference,
} from "../../src/cli/failure-reference.ts";

const page = join(import.meta.dirname, "../../../../docs/exit-codes.md");

type Code = keyof typeof failureReference;

const entries = Object.entries(failureReference) as [Code, Reference][];

function rowsOf<Kind extends Reference["kind"]>(
  kind: Kind,
  row: (code: Code, reference: Extract<Reference, { readonly kind: Kind }>) => readonly unknown[],
) {
  return entries.flatMap(([code, reference]) =>
    reference.kind === kind
      ? [row(code, reference as Extract<Reference, { readonly kind: Kind }>)]
      : [],
  );
}

const byFirst = (a: readonly unknown[], b: readonly unknown[]) =>
  Number.parseInt(`${a[0]}`, 10) - Number.parseInt(`${b[0]}`, 10);

function table(heads: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const lines = [heads, heads.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
  return lines.join("\n").replace("| --- |", "|---|").replaceAll(" --- |", "---|");
}

const tables: Readonly<Record<string, string>> = {
  exits: table(
    ["code", "meaning", "what to do"],
    [
      ...Object.values(exitReference).map(({ exitCodes: codes, meaning, advice }) => [
        codes.join(", "),
        meaning,
        advice,
      ]),
      ...rowsOf("command", (_, { exitCode, meaning, advice }) => [exitCode, meaning, advice]),
    ].toSorted(byFirst),
  ),
  failures: table(
    ["code", "from", "meaning"],
    rowsOf("failure", (code, { from, meaning }) => [`\`${code}\``, from, meaning]),
  ),
  answers: table(
    ["status", "code", "who", "meaning"],
    rowsOf("answer", (code, { from, meaning }) => [
      httpStatusOf(code),
      `\`${code}\``,
      from,
      meaning,
    ]).toSorted(byFirst),
  ),
  warnings: table(
    ["code", "from", "meaning"],
    Object.entries(warningReference).map(([code, { from, meaning }]) => [
      `\`${code}\``,
      from,
      meaning,
    ]),
  ),
};

/** The page with regenerated tables. */
function generated(text: string): string {
  return text.replace(
    /(<!-- generated: (\w+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_, begin: string, name: string, end: string) => `${begin}${tables[name]}\n${end}`,
  );
}

describe("docs/exit-codes.md", () => {
  it("has a row for each code (`npx vitest run test/cli/failure-reference.test.ts -u` writes it)", async () => {
    await expect(generated(readFileSync(page, "utf8"))).toMatchFileSnapshot(page);
  });

  it("has each table once", () => {
    const markers = readFileSync(page, "utf8").matchAll(/<!-- generated: (\w+) -->/g);
    expect([...markers].map(([, name]) => name)).toEqual(Object.keys(tables));
  });
});

describe("the exit code of a failure", () => {
  it.each<[Code, number]>([
    ["bad-input", exitCodes.badInput],
    ["report-unreadable", exitCodes.badInput],
    ["no-boot-on-record", exitCodes.failed],
    ["socket-taken", exitCodes.failed],
    ["no-runtime", exitCodes.failed],
    ["system-error", exitCodes.failed],
    ["bad-plan", exitCodes.internal],
    ["internal-error", exitCodes.internal],
  ])("%s: %i", (code, exitCode) => {
    expect(exitCodeOf(code)).toBe(exitCode);
  });
});

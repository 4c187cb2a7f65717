import { coloursOf, type Look, printable } from "../../report/look.ts";
import type { Finding } from "./check.ts";
import type { Diagnosis } from "./examine.ts";

/** One line per finding, with what to do below it, and a conclusion. */
export function renderDiagnoses(diagnoses: readonly Diagnosis[], look: Look): string {
  const colours = coloursOf(look);
  const width = Math.max(0, ...diagnoses.map(({ check }) => check.length));
  const marks = look.unicode
    ? { ok: colours.green("✓"), warn: colours.yellow("!"), fail: colours.red("✗") }
    : { ok: colours.green("+"), warn: colours.yellow("!"), fail: colours.red("x") };
  const lines = diagnoses.flatMap(({ check, findings }) =>
    findings.flatMap((finding, at) => {
      const name = (at === 0 ? check : "").padEnd(width);
      const line = `  ${marks[finding.status]} ${colours.bold(name)}  ${printable(finding.message)}`;
      if (finding.status === "ok") return [line];
      const arrow = look.unicode ? "→" : ">";
      return [line, `${" ".repeat(width + 6)}${colours.cyan(arrow)} ${printable(finding.hint)}`];
    }),
  );
  return `${[...lines, "", `  ${conclusion(diagnoses)}`].join("\n")}\n`;
}

function conclusion(diagnoses: readonly Diagnosis[]): string {
  const all = diagnoses.flatMap(({ findings }) => findings);
  const count = (status: Finding["status"]) => all.filter((one) => one.status === status).length;
  const [failed, warned] = [count("fail"), count("warn")];
  if (failed > 0) return `${counted(failed, "problem")} to fix before a boot can work.`;
  if (warned > 0) return `A boot can work, with ${counted(warned, "warning")}.`;
  return "A boot can work.";
}

function counted(count: number, noun: string): string {
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`;
}

import { findProgram } from "../../../process/find-program.ts";
import type { Check, Finding } from "../check.ts";

/** What hooks are run with. */
export const hookTools: Check = {
  id: "hooks",
  run: async ({ config }) => {
    if (config.repositories.length === 0) return [];
    const has = async (name: string) => (await findProgram(name, config.env)) !== null;
    const findings: Finding[] = [];
    if (await has("bash"))
      findings.push({ status: "ok", message: "bash runs hooks without a shebang" });
    else {
      const message = "bash is not on PATH: a hook that is not executable cannot be run";
      findings.push({ status: "fail", message, hint: "install bash" });
    }
    // Hooks get real pipes and cannot shake off their mark; without these they run, and are harder to end.
    for (const [name, what, from] of [
      ["mkfifo", "`> /dev/stderr` fails in hooks", "coreutils"],
      ["prlimit", "a hook's daemons may hide from the end of the sandbox", "util-linux"],
    ] as const) {
      if (await has(name)) continue;
      const message = `${name} is not on PATH: ${what}`;
      findings.push({ status: "warn", message, hint: `install ${from}` });
    }
    return findings;
  },
};

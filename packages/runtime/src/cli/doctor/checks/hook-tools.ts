import { findProgram } from "../../../process/find-program.ts";
import type { Check, Finding } from "../check.ts";

/** The programs that run hooks. */
export const hookTools: Check = {
  id: "hooks",
  run: async ({ config }) => {
    if (config.repositories.length === 0) return [];
    const has = async (name: string) => (await findProgram(name, config.env)) !== null;
    const findings: Finding[] = [];
    if (await has("bash"))
      findings.push({ status: "ok", message: "bash is there, for hooks that are not executable" });
    else {
      const message = "bash is not on PATH: a hook that is not executable cannot be run";
      findings.push({ status: "fail", message, hint: "install bash" });
    }
    // Without these, hooks run, but without real pipes, and their daemons are harder to end.
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

import { installable } from "../../../base/installable.ts";
import { findProgram } from "../../../process/find-program.ts";
import { withPlannedServices } from "../../../sidecars/planned.ts";
import type { Check, CheckContext, Finding } from "../check.ts";
import { versionIn, versionLine } from "../version.ts";

interface Program {
  readonly command: readonly string[];
  readonly optional: boolean;
  /** Config key that names the program. */
  readonly key: string;
  readonly hint: string;
}

export const codeServer: Check = {
  id: "code-server",
  run: async (context) => {
    const { codeServer: wanted } = context.config;
    if (wanted === null) return [];
    const hint = "install code-server";
    return await look({ ...wanted, key: "codeServer.command", hint }, context);
  },
};

export const ttyd: Check = {
  id: "ttyd",
  run: async (context) => {
    const { terminal } = context.config;
    if (terminal === null) return [];
    return await look({ ...terminal, key: "terminal.command", hint: "install ttyd" }, context);
  },
};

/** The desktop's and the config's own sidecars: only whether their programs are there, because `--version` may do anything. */
export const otherSidecars: Check = {
  id: "sidecars",
  run: async ({ config }) => {
    const findings = await Promise.all(
      withPlannedServices(config).sidecars.map(
        async ({ id, command: [program = ""], optional }): Promise<Finding> => {
          const path = await findProgram(program, config.env);
          if (path !== null) return { status: "ok", message: `${id}: ${path}` };
          return missing(program, optional, `install ${installable(program)}, or change ${id}`);
        },
      ),
    );
    return findings;
  },
};

async function look(program: Program, context: CheckContext): Promise<Finding[]> {
  const [name = "", ...args] = program.command;
  const path = await findProgram(name, context.config.env);
  const hint = `${program.hint}, or set ${program.key}`;
  if (path === null) return [missing(name, program.optional, hint)];
  const line = await versionLine([path, ...args], context);
  if (line !== null)
    return [{ status: "ok", message: `${path}, version ${versionIn(line) ?? line}` }];
  const message = `${path} --version fails`;
  return [
    {
      status: program.optional ? "warn" : "fail",
      message,
      hint: `run it by hand: ${path} --version`,
    },
  ];
}

function missing(name: string, optional: boolean, hint: string): Finding {
  const message = `${name} is not installed`;
  return { status: optional ? "warn" : "fail", message, hint };
}

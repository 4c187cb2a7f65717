import { readStageContents, StageUnusable } from "@sandboot/stager";
import { installable } from "../../../base/installable.ts";
import { findProgram } from "../../../process/find-program.ts";
import type { Check, CheckContext, Finding } from "../check.ts";
import { versionIn, versionLine } from "../version.ts";

/** The agent's program, and whether the stage was built for its version. */
export const agent: Check = {
  id: "agent",
  run: async (context) => {
    const { config } = context;
    if (config.mode === "build") return [];
    const [command = "opencode"] = config.agent.command ?? [];
    const path = await findProgram(command, config.env);
    if (path === null) {
      const message = `${command} ${command.includes("/") ? "does not exist, or is not executable" : "is not on PATH"}`;
      return [
        { status: "fail", message, hint: `install ${installable(command)}, or set agent.command` },
      ];
    }
    // Another agent may do anything with `--version`.
    if (config.agent.kind !== "opencode") return [{ status: "ok", message: path }];
    const line = await versionLine([path], context);
    const version = line === null ? null : versionIn(line);
    if (version === null) {
      const message = `${path} --version prints no version`;
      return [{ status: "fail", message, hint: `run it by hand: ${path} --version` }];
    }
    return [
      { status: "ok", message: `${path}, version ${version}` },
      ...(await stageOf(context, version)),
    ];
  },
};

async function stageOf({ config }: CheckContext, version: string): Promise<Finding[]> {
  if (config.stage === null) return [];
  const { dir } = config.stage;
  try {
    const { manifest } = await readStageContents(dir);
    const { id, agentVersion, entries } = manifest;
    if (agentVersion === null || agentVersion === version) {
      const what = `stage ${id.slice(0, 12)}, ${entries.length} entries`;
      return [
        { status: "ok", message: agentVersion === null ? what : `${what}, for this version` },
      ];
    }
    const message = `the stage in ${dir} is for version ${agentVersion}, the agent is ${version}`;
    return [{ status: "warn", message, hint: "build the stage again with `sandboot-stage build`" }];
  } catch (error) {
    if (!(error instanceof StageUnusable)) throw error;
    const message = `the stage cannot be used: ${error.reason} (${error.path})`;
    const hint =
      "build it with `sandboot-stage build`; until then each boot copies files, or the agent installs its dependencies itself";
    return [{ status: "warn", message, hint }];
  }
}

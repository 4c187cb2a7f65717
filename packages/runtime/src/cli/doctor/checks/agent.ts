import { readStageContents, StageUnusable } from "@sandboot/stager";
import { installable } from "../../../base/installable.ts";
import { agentKey, eachAgent, isOpenCode } from "../../../config/agents.ts";
import { findProgram } from "../../../process/find-program.ts";
import type { Check, CheckContext, Finding } from "../check.ts";
import { versionIn, versionLine } from "../version.ts";

/** The program of each agent, and whether the stage was built for its version. */
export const agent: Check = {
  id: "agent",
  run: async (context) => {
    const { config, signal } = context;
    if (config.mode === "build") return [];
    const each = eachAgent(config).map((one) => programOf({ config: one, signal }));
    return (await Promise.all(each)).flat();
  },
};

async function programOf(context: CheckContext): Promise<Finding[]> {
  const { agent: one, env } = context.config;
  const name = one.id === null ? "" : `${one.id}: `;
  // Without one of the others a boot works.
  const status = one.isPrimary ? "fail" : "warn";
  const [command = "opencode"] = one.command ?? [];
  const path = await findProgram(command, env);
  if (path === null) {
    const message = `${name}${command} ${command.includes("/") ? "does not exist, or is not executable" : "is not on PATH"}`;
    const hint = `install ${installable(command)}, or set ${agentKey(one)}.command`;
    return [{ status, message, hint }];
  }
  // Another agent may do anything with `--version`.
  if (!isOpenCode(one)) return [{ status: "ok", message: name + path }];
  const line = await versionLine([path], context);
  const version = line === null ? null : versionIn(line);
  if (version === null) {
    const message = `${name}${path} --version prints no version`;
    return [{ status, message, hint: `run it by hand: ${path} --version` }];
  }
  return [
    { status: "ok", message: `${name}${path}, version ${version}` },
    ...(await stageOf(context, version)),
  ];
}

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

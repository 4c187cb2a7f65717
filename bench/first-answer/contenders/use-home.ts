import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { logLine } from "../../boot/contenders/readiness.ts";
import { startAgent } from "../../boot/contenders/serve.ts";
import { prompt } from "../prompts.ts";
import type { AnswerBench } from "./options.ts";

/** Lets an agent answer once in another folder, so that the home is no fresh one: it has a database and a log. */
export async function useHome(
  { workbench, agentConfig }: AnswerBench,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  const directory = join(folder, "other");
  await mkdir(directory, { recursive: true });
  await mkdir(join(folder, "neutral"), { recursive: true });
  const env = { OPENCODE_CONFIG_CONTENT: JSON.stringify(agentConfig) };
  const options = { readiness: logLine, signal, env, directory };
  await using agent = await startAgent(workbench, folder, options);
  await prompt({ ...agent, directory, signal });
}

import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type ParseError, parse, printParseErrorCode } from "jsonc-parser";
import { StagePlanError } from "../build-error.ts";
import type { AskedOf } from "../catalogue/asked.ts";
import { asObject } from "../catalogue/named.ts";

/** The parts of an agent's configuration that ask for providers, and the providers that it lists. */
export interface SandboxAskers extends AskedOf {
  readonly providers: readonly string[];
}

/**
 * Reads the parts of a sandbox's configuration (`sandboot.jsonc`) and of `SESSION_CONFIG` that ask for providers, for each agent
 * that is OpenCode. Does not check the rest; `sandboot config check` does.
 *
 * @returns at least one: OpenCode offers providers unasked, too.
 * @throws StagePlanError when one of them cannot be read.
 */
export async function sandboxAskers(
  file: string | undefined,
  {
    root,
    env,
  }: { readonly root: string; readonly env: Readonly<Record<string, string | undefined>> },
): Promise<readonly SandboxAskers[]> {
  const sandbox = file === undefined ? {} : asObject(await readJsonc(resolve(root, file)));
  const model = sessionModel(env["SESSION_CONFIG"]);
  return openCodesIn(sandbox).map(({ providers, config, auth, env: agentEnv }) => ({
    providers: Array.isArray(providers) ? providers.filter((id) => typeof id === "string") : [],
    config: { ...asObject(config), ...model },
    auth,
    env: Object.fromEntries(
      Object.entries(asObject(agentEnv)).flatMap(([name, value]) =>
        typeof value === "string" ? [[name, value]] : [],
      ),
    ),
  }));
}

/** `agent`, or those of `agents` that are OpenCode, whether their clients speak HTTP or ACP. */
function openCodesIn({
  agent,
  agents,
}: ReturnType<typeof asObject>): ReturnType<typeof asObject>[] {
  if (!Array.isArray(agents)) return [asObject(agent)];
  const found = agents
    .map(asObject)
    .filter(({ kind = "opencode", preset }) => kind === "opencode" || preset === "opencode");
  return found.length > 0 ? found : [{}];
}

async function readJsonc(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new StagePlanError(
      "agent.config",
      code === "ENOENT" ? `${path} does not exist` : message,
    );
  }
  const errors: ParseError[] = [];
  const value: unknown = parse(text, errors, { allowTrailingComma: true });
  const [first] = errors;
  if (first === undefined) return value;
  const line = text.slice(0, first.offset).split("\n").length;
  const reason = `${path} is not JSON with comments: ${printParseErrorCode(first.error)} in line ${line}`;
  throw new StagePlanError("agent.config", reason);
}

/** The session's model as the boot reads it: `provider/model`, or the model alone when it has a slash. */
function sessionModel(text: string | undefined): { readonly model?: string } {
  if (text === undefined || text === "") return {};
  let session: unknown;
  try {
    session = JSON.parse(text);
  } catch (error) {
    throw new StagePlanError("SESSION_CONFIG", (error as Error).message);
  }
  const { provider, model } = asObject(session);
  if (typeof model !== "string") return {};
  const isWhole = model.includes("/") || typeof provider !== "string";
  return { model: isWhole ? model : `${provider}/${model}` };
}

import { resolve } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { Failed } from "../base/failed.ts";
import { loadConfig } from "../config/load.ts";
import { stateFolderAt } from "../config/state-folder.ts";
import {
  describeEndpoint,
  type Endpoint,
  RequestFailed,
  RuntimeClient,
  RuntimeUnreachable,
} from "../protocol/client/index.ts";
import { exitCodes } from "./exit-codes.ts";
import { tell } from "./tell.ts";

/** Flags of every command that talks to a runtime. */
export interface RuntimeFlags {
  readonly socket?: string;
  readonly url?: string;
  readonly config?: string;
}

export function addRuntimeFlags(command: Command): Command {
  return command
    .option(
      "--socket <file>",
      "The socket of the runtime. Default: SANDBOOT_SOCKET, or else the one in the config's state folder.",
    )
    .option(
      "--url <url>",
      "The address of its status port, instead of a socket. The token comes from SANDBOOT_TOKEN.",
      urlArgument,
    )
    .option(
      "--config <file>",
      "The config file that names the state folder. Default: the one in this folder.",
    );
}

/**
 * Runs a command against the runtime that the flags, the environment or the config name.
 *
 * @returns The command's exit code, or 1 when the runtime refuses the request; stderr has the reason.
 * @throws Failed `no-runtime` when no runtime answers.
 */
export async function withRuntime(
  flags: RuntimeFlags,
  action: (client: RuntimeClient) => Promise<number>,
): Promise<number> {
  const { endpoint, from } = await findRuntime(flags, process.env, process.cwd());
  try {
    return await action(new RuntimeClient(endpoint));
  } catch (error) {
    if (error instanceof RuntimeUnreachable) {
      const place = describeEndpoint(endpoint);
      throw new Failed({ code: "no-runtime", place, from, reason: error.message });
    }
    if (error instanceof RequestFailed) {
      const { failure } = error;
      const hint =
        failure.code === "unauthorized"
          ? "set SANDBOOT_TOKEN to the token of the API"
          : failure.hint;
      tell({ ...failure, ...(hint !== undefined && { hint }) });
      return exitCodes.failed;
    }
    throw error;
  }
}

async function findRuntime(
  flags: RuntimeFlags,
  env: NodeJS.ProcessEnv,
  cwd: string,
): Promise<{ readonly endpoint: Endpoint; readonly from: string }> {
  const { socket, url, config: file } = flags;
  if (url !== undefined) {
    const token = env["SANDBOOT_TOKEN"] ?? env["SANDBOX_AUTH_TOKEN"] ?? null;
    return { endpoint: { id: "url", url, token }, from: "--url" };
  }
  const named = env["SANDBOOT_SOCKET"];
  if (socket !== undefined) return at(socket, "--socket");
  // In a sandbox this is the sandbox's own runtime, unless another config is named.
  if (file === undefined && named !== undefined && named !== "")
    return at(named, "SANDBOOT_SOCKET");
  const config = await loadConfig({ file, env, cwd, purpose: "runtime" });
  return at(stateFolderAt(config.stateDir).socket, `stateDir of ${config.file ?? "the defaults"}`);

  function at(path: string, from: string) {
    return { endpoint: { id: "socket", socketPath: resolve(cwd, path) }, from } as const;
  }
}

/** Parses a count for commander. */
export function countArgument(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(count)) return count;
  throw new InvalidArgumentError("Expected a whole number from 0.");
}

function urlArgument(text: string): string {
  if (/^https?:\/\/[^/]/.test(text) && URL.canParse(text)) return text;
  throw new InvalidArgumentError("Expected http://HOST:PORT.");
}

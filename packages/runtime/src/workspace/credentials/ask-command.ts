import { writeCredentialText } from "../../base/credential-text.ts";
import type { Grace } from "../../process/grace.ts";
import { endingOf } from "../../process/process-exit.ts";
import { runToEnd } from "../../process/run.ts";
import { type Found, none } from "./credential.ts";
import { readAnswer } from "./read-answer.ts";

const MOST_CHARS = 64 * 1024;

export interface CommandSource {
  readonly command: readonly string[];
  readonly host: string;
  readonly username: string;
  readonly timeoutMs: number;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly grace: Grace;
}

/** Asks a program as git asks a credential helper. What it leaves behind is ended. */
export async function askCommand(source: CommandSource, signal: AbortSignal): Promise<Found> {
  const { command, host, username, timeoutMs, cwd, env, grace } = source;
  const [program = "", ...args] = command;
  const flood = new AbortController();
  let text = "";
  const result = await runToEnd({
    command: program,
    args,
    cwd,
    env,
    stdin: writeCredentialText({ protocol: "https", host }),
    timeoutMs,
    signal: AbortSignal.any([signal, flood.signal]),
    grace,
    stdout: "whole",
    leftovers: "end",
    onLine: (stream, line) => {
      if (stream !== "stdout") return;
      if (text.length + line.length > MOST_CHARS) flood.abort();
      else text += `${line}\n`;
    },
  });
  if (flood.signal.aborted) return none({ problem: "unusable", what: "printed too much" });
  if (result.id === "timed-out") return none({ problem: "late", timeoutMs }, { passing: true });
  if (result.id === "aborted") return none({ problem: "ending" });
  if (result.id === "exited" && result.code === 0) return readAnswer(text, username);
  // Never a line of stdout, which may hold the password.
  const last = result.tail.findLast(({ stream }) => stream === "stderr");
  const lastLine = last?.line ?? null;
  return none({ problem: "program", ending: endingOf(result), lastLine }, { passing: true });
}

import { readCredentialText, writeCredentialText } from "../base/credential-text.ts";
import { RequestFailed, RuntimeUnreachable } from "../protocol/client/wire.ts";
import type { GitCredentialAnswer, GitCredentialRequest } from "../protocol/git-credential.ts";

/** git's questions are much shorter. */
const MOST_CHARS = 64 * 1024;

export interface CredentialQuestion {
  /** What git wants: `get`, `store`, `erase`, or what a later git will think of. */
  readonly action: string;
  readonly stdin: AsyncIterable<Buffer | string>;
  /** Asks the runtime. */
  readonly ask: (request: GitCredentialRequest) => Promise<GitCredentialAnswer>;
  /** Where the runtime is, for messages. */
  readonly place: string;
  /** Also says why there is nothing for git. */
  readonly explains: boolean;
}

/** What git reads, and what a person reads. */
export interface CredentialReply {
  readonly stdout: string;
  readonly stderr: string;
}

const NOTHING: CredentialReply = { stdout: "", stderr: "" };

/**
 * Answers git as a credential helper. Nothing goes wrong for git: without an answer it goes on to the next helper, or asks
 * the user.
 *
 * @see https://git-scm.com/docs/gitcredentials#_custom_helpers
 */
export async function replyToGit(question: CredentialQuestion): Promise<CredentialReply> {
  const { action, ask, place, explains } = question;
  // What git got is kept by the runtime already. git wants unknown actions to be ignored.
  if (action !== "get" && action !== "erase") return NOTHING;
  const text = await readQuestion(question.stdin);
  if (text === null) return explained(`the question is longer than ${MOST_CHARS} characters`);
  const asked = readCredentialText(text);
  const [protocol, host] = [asked.get("protocol"), asked.get("host")];
  if (protocol === undefined || host === undefined) {
    return explained("the question names no protocol and host");
  }
  const [username, password] = [asked.get("username"), asked.get("password")];
  try {
    const { credential, reason } = await ask({
      ...{ action, protocol, host },
      ...(username !== undefined && { username }),
      ...(action === "erase" && password !== undefined && { password }),
    });
    if (credential === null) return explained(reason ?? "");
    const expires = credential.expiresAt === null ? null : Date.parse(credential.expiresAt);
    const stdout = writeCredentialText({
      username: credential.username,
      password: credential.password,
      ...(expires !== null && { password_expiry_utc: String(Math.floor(expires / 1_000)) }),
    });
    return { stdout, stderr: "" };
  } catch (error) {
    if (error instanceof RequestFailed) return said(error.message);
    if (error instanceof RuntimeUnreachable) {
      return said(`no runtime answers at ${place}: ${error.message}`);
    }
    throw error;
  }

  function explained(why: string): CredentialReply {
    return explains && why !== "" ? said(why) : NOTHING;
  }
}

/** Begins the message of every failure; a sync recognizes it in git's output (workspace/git/git.ts). */
function said(message: string): CredentialReply {
  return { stdout: "", stderr: `sandboot git-credential: ${message}\n` };
}

/** Up to the empty line, or to the end. @returns null when it is too long. */
async function readQuestion(stdin: AsyncIterable<Buffer | string>): Promise<string | null> {
  let text = "";
  for await (const chunk of stdin) {
    text += chunk.toString();
    if (text.length > MOST_CHARS) return null;
    if (text.startsWith("\n") || text.includes("\n\n")) break;
  }
  return text;
}

/** Whether git is asked to say what it does: https://git-scm.com/docs/git#Documentation/git.txt-codeGITTRACEcode */
export function isTraced({ GIT_TRACE: trace = "" }: NodeJS.ProcessEnv): boolean {
  return !["", "0", "false", "no", "off"].includes(trace.toLowerCase());
}

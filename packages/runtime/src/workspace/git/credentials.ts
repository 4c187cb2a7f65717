import { configEnv } from "./config-env.ts";

/** A URL that may be shown, and what git needs besides it. */
export interface RemoteAccess {
  /** Without userinfo: safe in argv, in `.git/config` and in a log. */
  readonly url: string;
  /** Environment that carries the credentials to git; empty when there are none. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Takes user and password out of an HTTP(S) URL and gives them to git through its environment, so that they never stand
 * in argv (which every user of the machine can read in /proc), in `.git/config` or in an error message.
 *
 * The header is bound to the URL's origin: git does not send it elsewhere.
 * @see https://git-scm.com/docs/git#Documentation/git.txt-codeGITCONFIGCOUNTcode
 *
 * @param env - The environment that git will have besides; configuration that it carries already stays in force.
 */
export function remoteAccess(
  url: string,
  env: Readonly<Record<string, string>> = {},
): RemoteAccess {
  const { username, password, clean, origin } = credentialsOf(url);
  if (username === "" && password === "") return { url: clean, env: {} };
  const basic = Buffer.from(`${username}:${password}`).toString("base64");
  return {
    url: clean,
    env: configEnv(`http.${origin}/.extraHeader`, `Authorization: Basic ${basic}`, env),
  };
}

function credentialsOf(url: string) {
  const parsed = /^https?:\/\//i.test(url) ? URL.parse(url) : null;
  if (parsed === null) return { clean: url, origin: "", username: "", password: "" };
  const [username, password] = [decoded(parsed.username), decoded(parsed.password)];
  if (username === "" && password === "") return { clean: url, origin: "", username, password };
  parsed.username = "";
  parsed.password = "";
  return { clean: parsed.href, origin: parsed.origin, username, password };
}

/** A stray `%` is not encoding but part of somebody's password. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

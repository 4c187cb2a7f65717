import { configEnv } from "./config-env.ts";

/** A URL that is safe to show, and the credentials that were in it. */
export interface RemoteAccess {
  /** Without userinfo, so that argv, `.git/config` and logs may contain it. */
  readonly url: string;
  /** Environment variables that give the credentials to git; empty when there are none. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Moves user and password from an HTTP(S) URL to git's environment. So they are never in argv (which every user of the
 * machine can read in /proc), in `.git/config` or in an error message.
 *
 * git sends the header only to the URL's origin.
 * @see https://git-scm.com/docs/git#Documentation/git.txt-codeGITCONFIGCOUNTcode
 *
 * @param env - The rest of git's environment. Configuration in it stays in force.
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

/** Decodes percent-encoding. Text with a stray `%` is returned unchanged: it is part of a password, and not encoding. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

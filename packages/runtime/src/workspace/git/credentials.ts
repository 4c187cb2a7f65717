import type { Setting } from "../../config/git-env.ts";

/** A URL that is safe to show, and the credentials that were in it. */
export interface RemoteAccess {
  /** Without userinfo, so that argv, `.git/config` and logs may contain it. */
  readonly url: string;
  /** Settings that give the credentials to the one git that talks to the remote; empty when there are none. */
  readonly settings: readonly Setting[];
  /** The header in them; null when there is none. */
  readonly authorization: string | null;
}

/**
 * Moves user and password from an HTTP(S) URL to a setting in git's environment. So they are never in argv (which every user
 * of the machine can read in /proc), in `.git/config` or in an error message.
 *
 * git decides by the URL's origin whether to send the header, and then sends it with every request, also after a redirect to
 * another host. So it follows none.
 * @see https://git-scm.com/docs/git-config#Documentation/git-config.txt-httpextraHeader
 */
export function remoteAccess(url: string): RemoteAccess {
  const { username, password, clean, origin } = credentialsOf(url);
  if (username === "" && password === "") return { url: clean, settings: [], authorization: null };
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
  return {
    url: clean,
    authorization,
    settings: [
      [`http.${origin}/.extraHeader`, `Authorization: ${authorization}`],
      [`http.${origin}/.followRedirects`, "false"],
    ],
  };
}

function credentialsOf(url: string) {
  const parsed = /^https?:\/\//i.test(url) ? URL.parse(url) : null;
  if (parsed === null) {
    return { clean: withoutSshPassword(url), origin: "", username: "", password: "" };
  }
  const [username, password] = [decoded(parsed.username), decoded(parsed.password)];
  if (username === "" && password === "") return { clean: url, origin: "", username, password };
  parsed.username = "";
  parsed.password = "";
  return { clean: parsed.href, origin: parsed.origin, username, password };
}

/** ssh asks for none, and git would put it into ssh's argv. */
function withoutSshPassword(url: string): string {
  const parsed = /^ssh:\/\//i.test(url) ? URL.parse(url) : null;
  if (parsed === null || parsed.password === "") return url;
  parsed.password = "";
  return parsed.href;
}

/** Decodes percent-encoding. Text with a stray `%` is returned unchanged: it is part of a password, and not encoding. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

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
 */
export function remoteAccess(url: string): RemoteAccess {
  if (!/^https?:\/\//i.test(url)) return { url, env: {} };
  const parsed = new URL(url);
  const { username, password } = parsed;
  if (username === "" && password === "") return { url, env: {} };
  parsed.username = "";
  parsed.password = "";
  const userinfo = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return {
    url: parsed.href,
    env: {
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: `http.${parsed.origin}/.extraHeader`,
      GIT_CONFIG_VALUE_0: `Authorization: Basic ${Buffer.from(userinfo).toString("base64")}`,
    },
  };
}

/** Names of environment variables whose values nobody may see. */
const SECRET_NAME = /TOKEN|PASSWORD|PASSWD|SECRET|CREDENTIAL|(?:^|_)KEY(?:$|_|S$)|APIKEY|PRIVATE/i;

/** Below this a value is too common to be hidden: a PASSWORD of "1" would black out every figure. */
const SHORTEST_SECRET = 4;

const MARK = "[redacted]";

/** `scheme://user:password@`: the userinfo of any URL, wherever it stands. */
const URL_USERINFO = /\b([a-z][a-z0-9+.-]*:\/\/)[^\s/?#"'@]+@/gi;

export interface Redactor {
  redactLine(line: string): string;
  /** The same for every string in a value; gives back the value itself when there is nothing to hide. */
  redact<T>(value: T): T;
}

/**
 * Hides secrets: values of environment names like TOKEN, PASSWORD, KEY, SECRET, and the userinfo of URLs.
 *
 * @param env - The environment whose secrets are to be hidden.
 * @param extra - More secrets, such as a token from the config file.
 */
export function createRedactor(
  env: Readonly<Record<string, string | undefined>>,
  extra: readonly string[] = [],
): Redactor {
  const fromEnv = Object.entries(env).flatMap(([name, value]) =>
    SECRET_NAME.test(name) && value !== undefined ? [value] : [],
  );
  const secrets = [...new Set([...fromEnv, ...extra].flatMap(lines))]
    .filter((value) => value.length >= SHORTEST_SECRET)
    // A secret that contains another goes first, or its remainder would stay.
    .sort((a, b) => b.length - a.length);
  const pattern =
    secrets.length === 0 ? null : new RegExp(secrets.map(escapeRegExp).join("|"), "g");

  const redactLine = (line: string): string => {
    const hidden = pattern === null ? line : line.replace(pattern, MARK);
    return hidden.includes("://") ? hidden.replace(URL_USERINFO, `$1${MARK}@`) : hidden;
  };
  const redact = <T>(value: T): T => {
    if (typeof value === "string") return redactLine(value) as T;
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map((item: unknown) => redact(item)) as T;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redact(item)])) as T;
  };
  return { redactLine, redact };
}

/** A secret of several lines (a private key) is printed line by line. */
function lines(value: string): string[] {
  return value.split("\n").map((line) => line.trim());
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

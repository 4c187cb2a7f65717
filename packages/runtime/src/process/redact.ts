/** Names of environment variables whose values nobody may see. */
const SECRET_NAME =
  /TOKEN|PASSWORD|PASSWD|PASSPHRASE|SECRET|CREDENTIAL|PRIVATE|APIKEY|(?:^|_)(?:KEY|KEYS|PASS|PAT|COOKIE)(?:$|_)/i;

/** Names that have such a word in them and say where a secret lies or how much of it there is: `MAX_TOKENS`, `KEY_FILE`. */
const NOT_THE_SECRET =
  /(?:_(?:FILE|PATH|DIR|SECONDS|MS|TTL|TIMEOUT|ENABLED|COUNT|LIMIT|LENGTH|SIZE)$)|(?:^|_)(?:MAX|MIN)(?:_\w+)?_TOKENS$/i;

/** Below this a value is too common to be hidden: a PASSWORD of "1" would black out every figure. */
const SHORTEST_SECRET = 4;

/** Below this an encoded form is no longer the secret's alone. */
const SHORTEST_ENCODED = 8;

const MARK = "[redacted]";

/** `scheme://user:password@`: the userinfo of any URL, wherever it stands. */
const URL_USERINFO = /\b([a-z][a-z0-9+.-]*:\/\/)[^\s/?#"'@]+@/gi;

export interface Redactor {
  redactLine(line: string): string;
  /** The same for every string in a value, keys included; gives back the value itself when there is nothing to hide. */
  redact<T>(value: T): T;
}

/**
 * Hides secrets: values of environment names like TOKEN, PASSWORD, KEY, SECRET, and the userinfo of URLs. A secret is
 * also known in the forms in which programs pass it on: percent-encoded, JSON-escaped, and within base64 (an
 * `Authorization: Basic` header, a Kubernetes secret), wherever in the encoded text it begins.
 *
 * @param env - The environment whose secrets are to be hidden.
 * @param extra - More secrets, such as a token from the config file.
 */
export function createRedactor(
  env: Readonly<Record<string, string | undefined>>,
  extra: readonly string[] = [],
): Redactor {
  const fromEnv = Object.entries(env).flatMap(([name, value]) =>
    value !== undefined && isSecretName(name) ? [value] : [],
  );
  const secrets = [...new Set([...fromEnv, ...extra].flatMap(lines).flatMap(forms))]
    // A secret that contains another goes first, or its remainder would stay.
    .sort((a, b) => b.length - a.length);
  const pattern =
    secrets.length === 0 ? null : new RegExp(secrets.map(escapeRegExp).join("|"), "g");

  const redactLine = (line: string): string => {
    const hidden = pattern === null ? line : line.replace(pattern, MARK);
    return hidden.includes("://") ? hidden.replace(URL_USERINFO, `$1${MARK}@`) : hidden;
  };
  const redact = <T>(value: T): T => mapStrings(value, redactLine) as T;
  return { redactLine, redact };
}

/** Applies `change` to every string in a value; a part in which nothing changed is given back as it is. */
function mapStrings(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => mapStrings(item, change));
    return items.every((item, at) => Object.is(item, value[at])) ? value : items;
  }
  // A URL or a Date becomes what JSON would make of it, and only if there is something to hide in that.
  if ("toJSON" in value && typeof value.toJSON === "function") {
    const plain: unknown = value.toJSON();
    const mapped = mapStrings(plain, change);
    return Object.is(mapped, plain) ? value : mapped;
  }
  const entries = Object.entries(value);
  const mapped = entries.map(
    ([key, item]) => [change(key), mapStrings(item, change)] as [string, unknown],
  );
  const same = mapped.every(
    ([key, item], at) => key === entries[at]?.[0] && Object.is(item, entries[at]?.[1]),
  );
  return same ? value : Object.fromEntries(mapped);
}

function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name) && !NOT_THE_SECRET.test(name);
}

/** A secret of several lines (a private key) is printed line by line. */
function lines(value: string): string[] {
  return value.split("\n").map((line) => line.trim());
}

/** A secret as it stands, and as others write it. */
function forms(secret: string): string[] {
  if (secret.length < SHORTEST_SECRET) return [];
  const inJson = JSON.stringify(secret).slice(1, -1);
  const encoded = secret.length < SHORTEST_ENCODED ? [] : base64Cores(secret);
  return [secret, percentEncoded(secret), inJson, ...encoded];
}

function percentEncoded(secret: string): string {
  // A lone surrogate cannot be encoded, and nobody else will have done so.
  return secret.isWellFormed() ? encodeURIComponent(secret) : secret;
}

/**
 * The part of base64 text that is the secret's alone, for each of the three places in a group of three bytes at which
 * it can begin, in both alphabets.
 */
function base64Cores(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [0, 1, 2].flatMap((before) => {
    const padded = Buffer.concat([Buffer.alloc(before), bytes]);
    // A character stands for 6 bits: those that carry bits of a neighbour are left out.
    const first = Math.ceil((before * 8) / 6);
    const end = Math.floor((padded.length * 8) / 6);
    return [padded.toString("base64"), padded.toString("base64url")].map((text) =>
      text.slice(first, end),
    );
  });
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

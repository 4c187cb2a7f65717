import { CUT_MARK } from "./lines.ts";

/** Names of environment variables whose values nobody may see. */
const SECRET_NAME =
  /TOKEN|PASSWORD|PASSWD|PASSPHRASE|SECRET|CREDENTIAL|PRIVATE|APIKEY|AUTHORIZATION|(?:^|_)(?:KEY|KEYS|PASS|PAT|COOKIE)(?:$|_)/i;

/** Names that have such a word in them and say where a secret lies or how much of it there is: `MAX_TOKENS`, `KEY_FILE`. */
const NOT_THE_SECRET =
  /(?:_(?:FILE|PATH|DIR|SECONDS|MS|TTL|TIMEOUT|ENABLED|COUNT|LIMIT|LENGTH|SIZE)$)|(?:^|_)(?:MAX|MIN)(?:_\w+)?_TOKENS$/i;

/** Below this a value is too common to be hidden: a PASSWORD of "1" would black out every figure. */
const SHORTEST_SECRET = 4;

/** Below this an encoded form is no longer the secret's alone. */
const SHORTEST_ENCODED = 8;

/** Stands where a secret stood. */
export const REDACTED = "[redacted]";

/**
 * Keys of our own under which stand words of the protocol, ids that the config gave or lists of them: never a secret,
 * and a reader could do nothing with an event of type "boot.[redacted]".
 */
const WORDS_OF_THE_PROTOCOL: ReadonlySet<string> = new Set([
  "type",
  "id",
  "status",
  "needs",
  "readyByThen",
  "where",
  "kind",
  "stream",
  "mode",
  "code",
  "source",
  "result",
]);

/** `scheme://user:password@`: the userinfo of any URL, wherever it stands. */
const URL_USERINFO = /\b([a-z][a-z0-9+.-]*:\/\/)[^\s/?#"'@]+@/gi;

/** What follows the scheme in an `Authorization` header, as `curl -v` prints it. */
const AUTHORIZATION = /(\bauthorization["']?\s*[:=]\s*["']?(?:[a-z]+\s+)?)[^\s"',]+/gi;

export interface Redactor {
  /** Hides the secrets of one more environment from now on: what a process is started with, it may print. */
  learn(env: Readonly<Record<string, string | undefined>>): void;
  /** Hides more from now on: secrets that came with a request. */
  hide(secrets: readonly string[]): void;
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
  const known = new Set<string>();
  let pattern: RegExp | null = null;
  const add = (secrets: readonly string[]): void => {
    const before = known.size;
    for (const form of secrets.flatMap(lines).flatMap(forms)) known.add(form);
    if (known.size > before) pattern = patternOf(known);
  };
  const learn: Redactor["learn"] = (more) => add(secretsOfEnv(more));
  add([...secretsOfEnv(env), ...extra]);

  const redactLine = (line: string): string => {
    let hidden = pattern === null ? line : line.replace(pattern, REDACTED);
    if (hidden.includes("://")) hidden = hidden.replace(URL_USERINFO, `$1${REDACTED}@`);
    if (/uthorization/i.test(hidden)) hidden = hidden.replace(AUTHORIZATION, `$1${REDACTED}`);
    return hidden.endsWith(CUT_MARK) ? withoutBegunSecret(hidden, known) : hidden;
  };
  const redact = <T>(value: T): T => mapStrings(value, redactLine) as T;
  return { redactLine, redact, learn, hide: add };
}

function secretsOfEnv(env: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(env).flatMap(([name, value]) =>
    value !== undefined && isSecretName(name) ? [value] : [],
  );
}

/** A line that was cut for its length may end within a secret. */
function withoutBegunSecret(line: string, secrets: Iterable<string>): string {
  const text = line.slice(0, -CUT_MARK.length);
  let begunAt = text.length;
  for (const secret of secrets) {
    for (let length = Math.min(secret.length - 1, text.length); length >= 1; length--) {
      if (!text.endsWith(secret.slice(0, length))) continue;
      begunAt = Math.min(begunAt, text.length - length);
      break;
    }
  }
  return begunAt === text.length ? line : `${text.slice(0, begunAt)}${REDACTED}${CUT_MARK}`;
}

/** A secret that contains another is tried first, or its remainder would stay. */
function patternOf(secrets: ReadonlySet<string>): RegExp {
  const longestFirst = [...secrets].sort((a, b) => b.length - a.length);
  return new RegExp(longestFirst.map(escapeRegExp).join("|"), "g");
}

function isText(value: unknown): boolean {
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  return items.every((item) => typeof item === "string");
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
  const mapped = entries.map(([key, item]): [string, unknown] => {
    if (WORDS_OF_THE_PROTOCOL.has(key) && isText(item)) return [key, item];
    // A key that is a plain word is ours: a password of "message" must not cost events their meaning.
    return [/^[A-Za-z]+$/.test(key) ? key : change(key), mapStrings(item, change)];
  });
  const same = mapped.every(
    ([key, item], at) => key === entries[at]?.[0] && Object.is(item, entries[at]?.[1]),
  );
  return same ? value : Object.fromEntries(mapped);
}

/** Whether what stands under this name is a secret: `GITHUB_TOKEN`, `apiKey`; not `MAX_TOKENS`, not `KEY_FILE`. */
export function isSecretName(name: string): boolean {
  const inSnakeCase = name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, "_").replaceAll("-", "_");
  return SECRET_NAME.test(inSnakeCase) && !NOT_THE_SECRET.test(inSnakeCase);
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

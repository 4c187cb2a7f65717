import { CUT_MARK } from "./lines.ts";
import { SecretIndex, SHORTEST_SECRET } from "./secret-index.ts";

/** Names of environment variables whose values are secret. */
const SECRET_NAME =
  /TOKEN|PASSWORD|PASSWD|PASSPHRASE|SECRET|CREDENTIAL|PRIVATE|APIKEY|AUTHORIZATION|(?:^|_)(?:KEY|KEYS|PASS|PAT|COOKIE)(?:$|_)/i;

/** Names that contain such a word but hold a path or a number: `KEY_FILE`, `MAX_TOKENS`. */
const NOT_THE_SECRET =
  /(?:_(?:FILE|PATH|DIR|SECONDS|MS|TTL|TIMEOUT|ENABLED|COUNT|LIMIT|LENGTH|SIZE)$)|(?:^|_)(?:MAX|MIN)(?:_\w+)?_TOKENS$/i;

/** Of a longer name only the end is read: a name that repeats a word would be read from each of them. */
const LONGEST_NAME = 200;

/** Encoded forms of shorter secrets are not hidden, because they occur by chance. */
const SHORTEST_ENCODED = 8;

/** Replaces a secret. */
export const REDACTED = "[redacted]";

/**
 * Keys of our own whose values are words of the protocol, ids from the config, or lists of these. They are never secret,
 * and must stay readable: an event of type "boot.[redacted]" would be useless.
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

/**
 * `://user:password@`: the userinfo of a URL, anywhere in a text. Does not look at the scheme before it: from each character that
 * may begin one, that would read to the end of the line.
 */
const URL_USERINFO = /:\/\/[^\s/?#"'@]+@/g;

/** The credentials in an `Authorization` header, as `curl -v` prints it. */
const AUTHORIZATION = /(\bauthorization["']?\s*[:=]\s*["']?(?:[a-z]+\s+)?)[^\s"',]+/gi;

export interface Redactor {
  /**
   * From now on also hides the secrets of this environment. A process may print the environment that it was started with.
   *
   * @returns the call that forgets those that nothing else has made known.
   */
  learn(env: Readonly<Record<string, string | undefined>>): () => void;
  /** The same for secrets that came with a request. */
  hide(secrets: readonly string[]): () => void;
  redactLine(line: string): string;
  /** Redacts every string in a value, keys included. @returns the value itself when there is nothing to hide. */
  redact<T>(value: T): T;
}

/**
 * Hides secrets: the values of environment variables with names like TOKEN, PASSWORD, KEY or SECRET, and the userinfo of
 * URLs. Each secret is also found percent-encoded, JSON-escaped, and at any place within base64 text (an
 * `Authorization: Basic` header, a Kubernetes secret).
 *
 * @param env - The environment whose secrets to hide.
 * @param extra - More secrets, such as a token from the config file.
 */
export function createRedactor(
  env: Readonly<Record<string, string | undefined>>,
  extra: readonly string[] = [],
): Redactor {
  const known = new SecretIndex();
  const add = (secrets: readonly string[]): (() => void) => {
    const added = secrets.flatMap(lines).flatMap(forms);
    known.add(added);
    return () => known.remove(added.splice(0));
  };
  const learn: Redactor["learn"] = (more) => add(secretsOfEnv(more));
  add([...secretsOfEnv(env), ...extra]);

  const redactLine = (line: string): string => {
    let hidden = known.replaceIn(line, REDACTED);
    if (hidden.includes("://")) hidden = hidden.replace(URL_USERINFO, `://${REDACTED}@`);
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

/** Removes the beginning of a secret from the end of a line that was cut for its length. */
function withoutBegunSecret(line: string, secrets: SecretIndex): string {
  const text = line.slice(0, -CUT_MARK.length);
  const begunAt = secrets.beginningOfLast(text);
  return begunAt === text.length ? line : `${text.slice(0, begunAt)}${REDACTED}${CUT_MARK}`;
}

function isText(value: unknown): boolean {
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  return items.every((item) => typeof item === "string");
}

/** Applies `change` to every string in a value. A part in which nothing changes is returned as the same object. */
function mapStrings(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => mapStrings(item, change));
    return items.every((item, at) => Object.is(item, value[at])) ? value : items;
  }
  // A URL or a Date is replaced by its JSON form, but only when that has something to hide.
  if ("toJSON" in value && typeof value.toJSON === "function") {
    const plain: unknown = value.toJSON();
    const mapped = mapStrings(plain, change);
    return Object.is(mapped, plain) ? value : mapped;
  }
  const entries = Object.entries(value);
  const mapped = entries.map(([key, item]): [string, unknown] => {
    if (WORDS_OF_THE_PROTOCOL.has(key) && isText(item)) return [key, item];
    // A key that is a plain word is one of ours. A password "message" must not remove such keys from events.
    return [/^[A-Za-z]+$/.test(key) ? key : change(key), mapStrings(item, change)];
  });
  const same = mapped.every(
    ([key, item], at) => key === entries[at]?.[0] && Object.is(item, entries[at]?.[1]),
  );
  return same ? value : Object.fromEntries(mapped);
}

/** Whether a value with this name is a secret: `GITHUB_TOKEN`, `apiKey`, but not `MAX_TOKENS` or `KEY_FILE`. */
export function isSecretName(name: string): boolean {
  const inSnakeCase = name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, "_").replaceAll("-", "_");
  return SECRET_NAME.test(inSnakeCase) && !NOT_THE_SECRET.test(inSnakeCase.slice(-LONGEST_NAME));
}

/** The lines of a secret: one with several lines (a private key) is printed, and redacted, line by line. */
function lines(value: string): string[] {
  return value.split("\n").map((line) => line.trim());
}

/**
 * The secret itself and its encoded forms. Short values are not hidden, because they are too common: a PASSWORD of "1" would
 * hide every digit 1.
 */
function forms(secret: string): string[] {
  if (secret.length < SHORTEST_SECRET) return [];
  const inJson = JSON.stringify(secret).slice(1, -1);
  const encoded = secret.length < SHORTEST_ENCODED ? [] : base64Cores(secret);
  return [secret, percentEncoded(secret), inJson, ...encoded];
}

function percentEncoded(secret: string): string {
  // A lone surrogate cannot be encoded, by other programs neither.
  return secret.isWellFormed() ? encodeURIComponent(secret) : secret;
}

/**
 * The part of base64 text that depends on the secret alone. Base64 encodes groups of three bytes, so there is one such part
 * for each of the three places in a group where the secret can begin, in each of the two alphabets.
 */
function base64Cores(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [0, 1, 2].flatMap((before) => {
    const padded = Buffer.concat([Buffer.alloc(before), bytes]);
    // Each character encodes 6 bits. Characters that also encode bits of a neighbour are left out.
    const first = Math.ceil((before * 8) / 6);
    const end = Math.floor((padded.length * 8) / 6);
    return [padded.toString("base64"), padded.toString("base64url")].map((text) =>
      text.slice(first, end),
    );
  });
}

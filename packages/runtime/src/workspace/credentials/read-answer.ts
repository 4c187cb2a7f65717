import { readCredentialText } from "../../base/credential-text.ts";
import { isObject } from "../../base/is-object.ts";
import { type Credential, type Found, none } from "./credential.ts";

/** The longest that git takes from a helper in one line. */
const MOST_CHARS = 8_192;

/** No line of git's protocol can hold the others. */
const ONE_LINE = /^[^\p{Cc}]+$/u;
const TOKEN = /^[\x21-\x7e]+$/;

/**
 * Reads what a file or a program says: a JSON object, `key=value` lines as git's helpers print them, or a token alone.
 *
 * @param username - Where the text names no user.
 */
export function readAnswer(text: string, username: string): Found {
  const trimmed = text.trim();
  if (trimmed === "") return unusable("is empty");
  if (trimmed.startsWith("{")) return readJsonAnswer(trimmed, username);
  const lines = readCredentialText(`${trimmed}\n`);
  if (lines.has("password")) return credentialOf(Object.fromEntries(lines), username);
  if (!TOKEN.test(trimmed)) return unusable("has neither a password nor a token in it");
  return credentialOf({ password: trimmed }, username);
}

/** Reads a JSON object: `password` or `token`, `username`, and when it expires. */
export function readJsonAnswer(text: string, username: string): Found {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return unusable("is no JSON");
  }
  if (!isObject(answer)) return unusable("is no JSON object");
  return credentialOf(answer, username);
}

function credentialOf(answer: Readonly<Record<string, unknown>>, username: string): Found {
  const password = answer["password"] ?? answer["token"];
  const user = answer["username"] ?? username;
  if (!isLine(password)) return unusable("has no password, or one that git cannot take");
  if (!isLine(user)) return unusable("has a username that git cannot take");
  const expiresMs = expiryOf(answer);
  if (expiresMs === undefined) return unusable("has an expiry that is no time");
  const credential: Credential = { username: user, password, expiresMs };
  return { id: "found", credential };
}

function isLine(value: unknown): value is string {
  return typeof value === "string" && value.length <= MOST_CHARS && ONE_LINE.test(value);
}

/** @returns undefined for one that cannot be read. */
function expiryOf(answer: Readonly<Record<string, unknown>>): number | null | undefined {
  const seconds = answer["password_expiry_utc"];
  if (seconds != null) return timeOf(Number(seconds) * 1_000);
  const milliseconds = answer["expires_at_epoch_ms"];
  if (milliseconds != null) return timeOf(Number(milliseconds));
  const date = answer["expires_at"];
  return date == null ? null : timeOf(Date.parse(String(date)));
}

/** Positive, and one that a date can say. */
function timeOf(ms: number): number | undefined {
  return ms > 0 && ms <= 8.64e15 ? ms : undefined;
}

function unusable(what: string): Found {
  return none({ problem: "unusable", what });
}

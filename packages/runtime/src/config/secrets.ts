import { isSecretName } from "../base/redact.ts";
import type { Config } from "./config.ts";

/**
 * Every secret that a configuration holds: tokens of its own, values of secret names in the boot's environment, in those
 * that it gives to others and in the agent's own configuration, credentials in URLs.
 */
export function secretsOf(config: Config | Pick<Config, "repositories">): string[] {
  return [...secretsIn(config), ...("agent" in config ? secretsOfAuth(config.agent.auth) : [])];
}

/** Everything in it is for the provider only, whatever it is called (`refresh`, `access`), but which kind it is. */
function secretsOfAuth(auth: Config["agent"]["auth"]): string[] {
  return Object.values(auth).flatMap((entry) =>
    Object.entries(entry).flatMap(([name, value]) =>
      typeof value === "string" && name !== "type" ? [value] : [],
    ),
  );
}

/** `scheme://user:password@`, as git, databases and proxies are told. */
const USERINFO = /\b[a-z][a-z0-9+.-]*:\/\/([^\s/?#"'@]+)@/gi;

/**
 * The secrets in a value of any shape: strings under a secret name, however deep, and credentials in URLs. A string that
 * is JSON itself (`SESSION_CONFIG`) is looked into.
 */
function secretsIn(value: unknown): string[] {
  if (typeof value === "string") return [...credentialsIn(value), ...secretsInJson(value)];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, item]) =>
    typeof item === "string" && isSecretName(name) ? [item, ...secretsIn(item)] : secretsIn(item),
  );
}

function secretsInJson(text: string): string[] {
  if (!text.startsWith("{")) return [];
  try {
    return secretsIn(JSON.parse(text));
  } catch {
    return [];
  }
}

/** Passwords of URLs, and what stands for user and password together in an `Authorization: Basic` header. */
function credentialsIn(text: string): string[] {
  if (!text.includes("://")) return [];
  return [...text.matchAll(USERINFO)].flatMap(([, userinfo = ""]) => {
    const [user = "", ...rest] = userinfo.split(":");
    const password = rest.join(":");
    // `https://TOKEN@host`: a lone user is a token, or nothing that must be hidden outside of its URL.
    const alone = rest.length === 0 && user.length >= SHORTEST_TOKEN ? [decode(user)] : [];
    const basic = Buffer.from(`${decode(user)}:${decode(password)}`).toString("base64");
    return [...alone, ...(password === "" ? [] : [decode(password)]), basic];
  });
}

/** A user's name is shorter: `git`, `deploy`, `x-access-token`. */
const SHORTEST_TOKEN = 16;

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

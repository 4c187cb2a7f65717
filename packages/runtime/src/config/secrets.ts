import { isSecretName } from "../base/redact.ts";
import { agentsOf } from "./agents.ts";
import type { Config } from "./config.ts";

/**
 * Every secret in a configuration: its tokens, values with secret names (in the boot's environment, in the environments of
 * its processes, in the agent's own configuration), and credentials in URLs.
 */
export function secretsOf(config: Config): string[] {
  const { written: _, ...resolved } = config;
  return [...secretsIn(resolved), ...agentsOf(config).flatMap(({ auth }) => secretsOfAuth(auth))];
}

/** Every value except `type` is a secret, whatever its name (`refresh`, `access`). */
function secretsOfAuth(auth: Config["agent"]["auth"]): string[] {
  return Object.values(auth).flatMap((entry) =>
    Object.entries(entry).flatMap(([name, value]) =>
      typeof value === "string" && name !== "type" ? [value] : [],
    ),
  );
}

/** `://user:password@`, as in URLs of repositories, databases and proxies. */
const USERINFO = /:\/\/([^\s/?#"'@]+)@/g;

/**
 * The secrets in any value: strings with a secret name, at any depth, and credentials in URLs. A string that is JSON itself
 * (`SESSION_CONFIG`) is searched, too.
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

/** Passwords in URLs, and user and password together as encoded in an `Authorization: Basic` header. */
function credentialsIn(text: string): string[] {
  if (!text.includes("://")) return [];
  return [...text.matchAll(USERINFO)].flatMap(([, userinfo = ""]) => {
    const [user = "", ...rest] = userinfo.split(":");
    const password = rest.join(":");
    // `https://TOKEN@host`: a long user without a password is a token. A short one is only hidden within its URL.
    const alone = rest.length === 0 && user.length >= SHORTEST_TOKEN ? [decode(user)] : [];
    const basic = Buffer.from(`${decode(user)}:${decode(password)}`).toString("base64");
    return [...alone, ...(password === "" ? [] : [decode(password)]), basic];
  });
}

/** User names are shorter: `git`, `deploy`, `x-access-token`. */
const SHORTEST_TOKEN = 16;

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

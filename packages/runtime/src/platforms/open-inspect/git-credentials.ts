import type { Env, PlatformStart, WrittenConfig } from "../platform.ts";
import { sessionUrl } from "./names.ts";
import { openInspectSession } from "./session.ts";

/**
 * Where git and gh get their passwords: from the control plane, which knows the session by the sandbox's token. Whoever builds an
 * image has no session, and gives a token of its own.
 */
export function gitCredentials({
  env,
  mode,
}: Omit<PlatformStart, "file">): readonly WrittenConfig[] {
  const { CONTROL_PLANE_URL: plane, SANDBOX_AUTH_TOKEN: token } = env;
  const { sessionId } = openInspectSession(env);
  const host = vcsHostOf(env);
  const isBuild = mode === "build" || (!plane && !token);
  if (isBuild && env["VCS_CLONE_TOKEN"]) {
    const username = env["VCS_CLONE_USERNAME"];
    const from = { password: "{env:VCS_CLONE_TOKEN}" };
    return [{ host, from, ...(username && { username }) }];
  }
  if (!plane || !token || sessionId === null) return [];
  const url = sessionUrl(plane, sessionId, "scm-credentials");
  return [{ host, from: { url, token: "{env:SANDBOX_AUTH_TOKEN}" } }];
}

/** A token that comes with the environment and expires with the hour is no reason for gh to use it. */
export function expiringToken({ env }: Pick<PlatformStart, "env">): WrittenConfig {
  return env["OI_GITHUB_TOKEN_IS_FALLBACK"] === "1" ? { SANDBOOT_GITHUB_TOKEN: "expires" } : {};
}

/** In lower case: the URLs of repositories are made of it, and git's host is compared with it letter by letter. */
export function vcsHostOf(env: Env): string {
  return (env["VCS_HOST"]?.trim() || "github.com").toLowerCase();
}

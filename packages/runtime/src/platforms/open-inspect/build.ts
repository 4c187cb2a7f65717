import type { InputProblem } from "../../base/failure.ts";
import type { BuildMessages, Env, WrittenConfig } from "../platform.ts";
import { identityOf } from "./repositories.ts";

/** All of them, or none. */
const CALLBACK = [
  "OI_REPO_IMAGE_BUILD_ID",
  "OI_REPO_IMAGE_CALLBACK_URL",
  "OI_REPO_IMAGE_FAILURE_CALLBACK_URL",
  "OI_REPO_IMAGE_CALLBACK_TOKEN",
  "OI_REPO_IMAGE_PROVIDER_SESSION_ID",
] as const;

const LONGEST_ERROR = 500;

/** The section `build` of the configuration. A build whose callbacks are half configured could not say how it ended. */
export function buildDefaults(env: Env, problems: InputProblem[]): WrittenConfig {
  const seconds = Number(env["OI_IMAGE_BUILD_EXECUTION_TIMEOUT_SECONDS"] || Number.NaN);
  const isSet = CALLBACK.some((name) => env[name] !== undefined);
  const missing = CALLBACK.filter((name) => !env[name]);
  if (isSet) {
    for (const key of missing) {
      const expected = "a value, because another variable of the build's callback is set";
      problems.push({ source: "environment", key, expected, found: "nothing" });
    }
  }
  return {
    stay: true,
    ...(!Number.isNaN(seconds) && { seconds }),
    ...(isSet &&
      missing.length === 0 && {
        callback: {
          url: env["OI_REPO_IMAGE_CALLBACK_URL"],
          failureUrl: env["OI_REPO_IMAGE_FAILURE_CALLBACK_URL"],
          token: env["OI_REPO_IMAGE_CALLBACK_TOKEN"],
        },
      }),
  };
}

function identityOfBuild(env: Env) {
  return {
    build_id: env["OI_REPO_IMAGE_BUILD_ID"],
    provider_session_id: env["OI_REPO_IMAGE_PROVIDER_SESSION_ID"],
  };
}

export const buildMessages: BuildMessages = {
  built: ({ record, durationMs, env }) => ({
    ...identityOfBuild(env),
    build_duration_seconds: Math.round(durationMs) / 1000,
    repository_shas: record.repositories.map(({ name: folder, url, sha }) => {
      const { owner, name } = identityOf({ url, name: folder });
      return { repoOwner: owner, repoName: name, baseSha: sha };
    }),
    runtime_version: env["SANDBOX_VERSION"] ?? "",
  }),
  failed: ({ error, env }) => ({ ...identityOfBuild(env), error: error.slice(-LONGEST_ERROR) }),
};

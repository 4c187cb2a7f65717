import type { Check } from "../check.ts";
import { atLeast, versionIn, versionLine } from "../version.ts";

/** Credentials go to git in `GIT_CONFIG_COUNT`, which git knows since 2.31. */
const OLDEST_GIT = [2, 31];

export const git: Check = {
  id: "git",
  run: async (context) => {
    if (context.config.repositories.length === 0) return [];
    const line = await versionLine(["git"], context);
    if (line === null) {
      return [{ status: "fail", message: "git is not on PATH", hint: "install git" }];
    }
    const version = versionIn(line) ?? "0";
    if (atLeast(version, OLDEST_GIT)) return [{ status: "ok", message: `git ${version}` }];
    const message = `git ${version} cannot take credentials from its environment`;
    return [{ status: "fail", message, hint: `install git ${OLDEST_GIT.join(".")} or later` }];
  },
};

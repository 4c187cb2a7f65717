import type { Platform } from "../platform.ts";
import { buildMessages } from "./build.ts";
import { defaults } from "./defaults.ts";
import { follow } from "./follow.ts";
import { vcsHostOf } from "./git-credentials.ts";
import { laterProblems } from "./later.ts";
import { sessionInOurWords } from "./session.ts";

/** Open-Inspect (docs/open-inspect.md). */
export const openInspect: Platform = {
  name: "open-inspect",
  environment: (env, problems) => {
    problems.push(...laterProblems(env));
    return { ...sessionInOurWords(env, problems), VCS_HOST: vcsHostOf(env) };
  },
  defaults,
  withheld: ["OI_REPO_IMAGE_CALLBACK_TOKEN", "VCS_CLONE_TOKEN", "VNC_PASSWORD"],
  buildMessages,
  follow,
};

import { basename, dirname } from "node:path";
import { slowGitRemote } from "../../lib/slow-git-remote.ts";
import { bare } from "../contenders/bare.ts";
import { sandboot } from "../contenders/sandboot.ts";
import type { BootCase } from "./case.ts";

const DELAY_MS = 300;

/** A remote that is far away: what each request to it costs, and what of that is hidden. */
export const slowRemote: BootCase = {
  name: "slow-remote",
  title: `a remote that answers each request ${DELAY_MS} ms late, against a bare agent that fetches nothing`,
  contenders: async (workbench, resources) => {
    const { origin } = workbench;
    const remote = resources.use(await slowGitRemote({ root: dirname(origin), delayMs: DELAY_MS }));
    const url = `${remote.url}/${basename(origin)}`;
    return [
      bare(workbench),
      sandboot(workbench, { url }),
      sandboot(workbench, { id: "sequential", url, agent: { start: "after-hooks" } }),
    ];
  },
  baseline: "bare",
  measured: "sandboot",
};

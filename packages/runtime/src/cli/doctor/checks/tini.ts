import { readFile } from "node:fs/promises";
import { findProgram } from "../../../process/find-program.ts";
import type { Check } from "../check.ts";

/** Whether the image has an init for its entrypoint, or the container brings one. */
export const tini: Check = {
  id: "tini",
  run: async ({ config }) => {
    const init = await readFile("/proc/1/comm", "utf8").catch(() => "");
    for (const name of ["tini", "dumb-init", "catatonit"]) {
      const path = await findProgram(name, config.env);
      if (path !== null) return [{ status: "ok", message: path }];
    }
    if (/^(tini|dumb-init|catatonit|docker-init|systemd|init)$/.test(init.trim())) {
      return [{ status: "ok", message: `not needed: PID 1 is ${init.trim()}` }];
    }
    const hint =
      "install tini and make it the image's entrypoint, or run the container with an init";
    return [{ status: "warn", message: "there is no init that could be PID 1", hint }];
  },
};

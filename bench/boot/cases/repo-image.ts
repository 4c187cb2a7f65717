import { bare } from "../contenders/bare.ts";
import { sandboot } from "../contenders/sandboot.ts";
import type { BootCase } from "./case.ts";

/** The main promise: fetch, checkout, start.sh and staging hidden behind what the bare agent costs anyway. */
export const repoImage: BootCase = {
  name: "repo-image",
  title: "boot in repo_image mode with a local remote, against a bare agent staged by hand",
  contenders: async (workbench) => [bare(workbench), sandboot(workbench)],
  baseline: "bare",
  measured: "sandboot",
};

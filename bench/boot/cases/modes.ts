import { sandboot } from "../contenders/sandboot.ts";
import type { BootCase } from "./case.ts";

/** The three ways to a repository's checkout, on the same repository. */
export const modes: BootCase = {
  name: "modes",
  title: "fresh (clone), repo_image (fetch and checkout) and snapshot_restore (fetch only)",
  contenders: async (workbench) => [
    sandboot(workbench),
    sandboot(workbench, { id: "snapshot", config: { mode: "snapshot_restore" } }),
    sandboot(workbench, { id: "fresh", freshWorkspace: true, config: { mode: "fresh" } }),
  ],
  baseline: "sandboot",
  measured: "fresh",
};

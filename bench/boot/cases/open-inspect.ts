import { openInspect as answers } from "../../first-answer/cases/open-inspect.ts";
import { entrypoint } from "../contenders/entrypoint.ts";
import { sandboot } from "../contenders/sandboot.ts";
import type { BootCase } from "./case.ts";

/** What Open-Inspect's users wait for with its own entrypoint, and with sandboot's platform of that name (docs/open-inspect.md). */
export const openInspect: BootCase = {
  name: "open-inspect",
  title:
    "a sequential entrypoint of Open-Inspect's shape (copy, poll at 500 ms), against the platform open-inspect",
  contenders: async (workbench) => [
    entrypoint(workbench),
    sandboot(workbench, { config: { platform: "open-inspect" } }),
  ],
  baseline: "entrypoint",
  measured: "sandboot",
  answers,
};

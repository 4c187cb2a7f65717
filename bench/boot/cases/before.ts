import { entrypoint } from "../contenders/entrypoint.ts";
import { sandboot } from "../contenders/sandboot.ts";
import type { BootCase } from "./case.ts";

/** What people wait for today, and what they wait for with us. */
export const before: BootCase = {
  name: "before",
  title: "the usual sequential entrypoint (copy, poll at 500 ms), against sandboot",
  contenders: async (workbench) => [entrypoint(workbench), sandboot(workbench)],
  baseline: "entrypoint",
  measured: "sandboot",
};

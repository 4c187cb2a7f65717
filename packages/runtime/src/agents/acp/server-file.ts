import { basename, dirname, join } from "node:path";

/** Where `sandboot` is one file: the other one, beside it. */
declare const SANDBOOT_WORKER: string | undefined;

/** The program that serves an agent which speaks ACP: beside this file in a bundle, or its source. */
export function acpServerFile(here = import.meta.filename): string {
  const folder = dirname(here);
  if (here.endsWith(".ts")) return join(folder, "../../acp-server/main.ts");
  if (typeof SANDBOOT_WORKER === "string") return join(folder, SANDBOOT_WORKER);
  // The boot has a bundle of its own, in a folder of the other.
  return join(folder, basename(folder) === "boot" ? "../acp-server.js" : "acp-server.js");
}

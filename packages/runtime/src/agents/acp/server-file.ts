import { basename, dirname, join } from "node:path";

/** The program that serves an agent which speaks ACP: beside this file in a bundle, or its source. */
export function acpServerFile(here = import.meta.filename): string {
  const folder = dirname(here);
  if (here.endsWith(".ts")) return join(folder, "../../acp-server/main.ts");
  // The boot has a bundle of its own, in a folder of the other.
  return join(folder, basename(folder) === "boot" ? "../acp-server.js" : "acp-server.js");
}

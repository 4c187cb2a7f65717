import { generic } from "./generic/generic.ts";
import type { Platform } from "./platform.ts";

/** Every platform there is: a new one is a folder beside this file and a line here. Only the chosen one is loaded. */
const platforms: Readonly<Record<string, () => Promise<Platform>>> = {
  generic: async () => generic,
  "open-inspect": async () => (await import("./open-inspect/open-inspect.ts")).openInspect,
};

export const PLATFORM_NAMES: readonly string[] = Object.keys(platforms);

/** @returns null when there is no platform of this name. */
export async function loadPlatform(name: string): Promise<Platform | null> {
  const load = Object.hasOwn(platforms, name) ? platforms[name] : undefined;
  return load === undefined ? null : await load();
}

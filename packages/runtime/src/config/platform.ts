import type { InputProblem } from "../base/failure.ts";
import { isObject } from "../base/is-object.ts";
import { generic } from "../platforms/generic/generic.ts";
import type { Env, Platform, PlatformStart, WrittenConfig } from "../platforms/platform.ts";
import { loadPlatform, PLATFORM_NAMES } from "../platforms/registry.ts";
import { describeValue } from "./errors.ts";

/**
 * The platform that `SANDBOOT_PLATFORM` names, else the config file's `platform`.
 *
 * @param problems - A name that no platform has is added here. The generic platform takes its place.
 */
export async function choosePlatform(
  env: Env,
  file: unknown,
  source: string,
  problems: InputProblem[],
): Promise<Platform> {
  const named = env["SANDBOOT_PLATFORM"] || undefined;
  const name = named ?? (isObject(file) ? file["platform"] : undefined) ?? generic.name;
  const platform = typeof name === "string" ? await loadPlatform(name) : null;
  if (platform !== null) return platform;
  problems.push({
    ...(named === undefined
      ? { source, key: "platform" }
      : { source: "environment", key: "SANDBOOT_PLATFORM" }),
    expected: `one of ${PLATFORM_NAMES.join(", ")}`,
    found: describeValue(name),
  });
  return generic;
}

/** Lists to which the file adds. Every other list of the file takes the place of the platform's: a command, say. */
const ADDED_TO: ReadonlySet<string> = new Set(["sidecars", "hooks.waitFor"]);

/** A config file with the defaults of its platform below it. */
export function withPlatform(
  file: unknown,
  platform: Platform,
  start: Omit<PlatformStart, "file">,
  problems: InputProblem[],
): unknown {
  if (!isObject(file)) return file;
  return onDefaults(file, platform.defaults({ ...start, file }, problems));
}

/** Objects are merged key by key. What is no object is left for the schema. */
export function onDefaults(file: unknown, defaults: WrittenConfig, at = ""): unknown {
  if (!isObject(file)) return file;
  const entries = Object.entries(file).map(([key, value]) => {
    const path = at === "" ? key : `${at}.${key}`;
    const below = defaults[key];
    if (isObject(below)) return [key, onDefaults(value, below, path)] as const;
    const isAdded = ADDED_TO.has(path) && Array.isArray(below) && Array.isArray(value);
    return [key, isAdded ? [...below, ...value] : value] as const;
  });
  return { ...defaults, ...Object.fromEntries(entries) };
}

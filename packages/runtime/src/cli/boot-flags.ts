import { BOOT_MODES, type BootMode } from "../protocol/modes.ts";

/** Points at which `--until` ends a boot. */
const BOOT_ENDS = ["ready", "warm", "settled"] as const;

/** The flags of `sandboot boot`. */
export interface BootFlags {
  readonly config?: string;
  readonly mode?: BootMode;
  readonly until?: (typeof BOOT_ENDS)[number];
  readonly report?: string;
  readonly json?: boolean;
}

/** Flags with a value, and the values that are possible; null for any. */
const WITH_VALUE: Readonly<Record<string, readonly string[] | null>> = {
  config: null,
  mode: BOOT_MODES,
  until: BOOT_ENDS,
  report: null,
};

/**
 * The flags of a command line in its plainest form: `boot`, then flags in full, each with its value in the next argument.
 * That is how entrypoints write it, and it takes no parser of command lines, which takes longer to load than most of a boot.
 *
 * @returns Null for every other form, and for what is wrong or asks for help.
 */
export function plainBootFlags([command, ...given]: readonly string[]): BootFlags | null {
  if (command !== "boot") return null;
  const flags: Record<string, string | true> = {};
  for (let at = 0; at < given.length; at += 1) {
    const name = given[at]?.startsWith("--") ? given[at]?.slice(2) : undefined;
    if (name === undefined) return null;
    if (name === "json") {
      flags["json"] = true;
      continue;
    }
    if (!Object.hasOwn(WITH_VALUE, name)) return null;
    at += 1;
    const value = given[at];
    if (value === undefined || value.startsWith("-")) return null;
    if (WITH_VALUE[name]?.includes(value) === false) return null;
    flags[name] = value;
  }
  return flags as BootFlags;
}

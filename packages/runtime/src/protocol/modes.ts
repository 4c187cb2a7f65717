/**
 * How a sandbox starts (docs/modes.md). A boot without repositories is a property of the configuration, not a mode.
 * The list has its own file without schemas: loading those would delay `agent.spawn`.
 */
export const BOOT_MODES = ["fresh", "repo_image", "snapshot_restore", "build", "seed"] as const;
export type BootMode = (typeof BOOT_MODES)[number];

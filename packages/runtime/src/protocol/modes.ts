/**
 * How a sandbox starts (docs/modes.md). `none` of the repositories is a property of the config, not a mode.
 * A plain list in a file of its own: the way to `agent.spawn` needs the words and not the schemas.
 */
export const BOOT_MODES = ["fresh", "repo_image", "snapshot_restore", "build", "seed"] as const;
export type BootMode = (typeof BOOT_MODES)[number];
